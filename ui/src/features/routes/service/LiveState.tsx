import type { Service } from "@/api/index.ts";
import { ProcessNow } from "./process/ProcessNow.tsx";
import { StateNow } from "./StateNow.tsx";
import type { ServiceState } from "@/app/serviceStates.ts";
import { useLiveState } from "./stateQueries.ts";

/** How a service that is in force is at this moment. */
export function LiveState({ service }: { service: Service }) {
  const state = useLiveState(service.name);
  return (
    <>
      {service.process != null && <ProcessNow service={service} />}
      {state && (service.process == null || hasMore(state)) && (
        <StateNow service={service} state={state} />
      )}
    </>
  );
}

/** Whether there is more to say of a service than its instances do. */
function hasMore({ breaker, panic, targets }: ServiceState): boolean {
  return breaker != null || panic || targets.some(({ health }) => health !== "healthy");
}
