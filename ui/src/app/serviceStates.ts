import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";
import { format, type ShapeName, type Tone } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type ServiceState = Schemas["ServiceState"];
export type TargetState = Schemas["TargetState"];
export type BreakerState = Schemas["BreakerState"];
export type CheckResult = Schemas["CheckResult"];

/** How every service is. Events keep it fresh as far as health and breakers go, not each figure. */
export const serviceStatesQuery = queryOptions({
  queryKey: queryKeys.serviceStates,
  queryFn: ({ signal }) => answer(api.GET("/api/v1/service-states", { signal })),
});

/** How one service is; `undefined` while that is not known. */
export function useServiceState(name: string): ServiceState | undefined {
  const { data } = useQuery({
    ...serviceStatesQuery,
    select: (states) => states.find(({ service }) => service === name),
  });
  return data;
}

/** A state as word, shape and colour. */
export interface StateLook {
  word: string;
  tone: Tone;
  shape: ShapeName;
}

/** What is wrong with a service as a whole, worst first; `null` where nothing is. */
export function trouble({ targets, breaker, panic }: ServiceState): StateLook | null {
  if (breaker?.status === "open") return { word: "breaker open", tone: "err", shape: "err" };
  const well = targets.filter(({ health }) => health === "healthy").length;
  const down = targets.some(({ health }) => health === "unhealthy" || health === "ejected");
  if (down && well === 0) return { word: "down", tone: "err", shape: "err" };
  const some = `${well} of ${format.plural(targets.length, "target")} healthy`;
  if (panic || well < targets.length) return { word: some, tone: "warn", shape: "warn" };
  if (breaker?.status === "half_open") {
    return { word: "breaker half open", tone: "warn", shape: "starting" };
  }
  return null;
}
