import type { Service } from "@/api/index.ts";
import { StateNow } from "./StateNow.tsx";
import { useLiveState } from "./stateQueries.ts";

/** How a service that is in force is at this moment. */
export function LiveState({ service }: { service: Service }) {
  const state = useLiveState(service.name);
  return state ? <StateNow service={service} state={state} /> : null;
}
