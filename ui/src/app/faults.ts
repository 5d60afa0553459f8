import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";
import { format } from "@/ui/index.ts";
import { useStatus } from "./status.ts";

export type Fault = components["schemas"]["Fault"];
export type NewFault = components["schemas"]["NewFault"];
export type FaultEffect = components["schemas"]["FaultEffect"];

/** "answered 503", "held back 300 ms to 500 ms" */
export function effectText(effect: FaultEffect): string {
  switch (effect.kind) {
    case "latency": {
      const { ms, spread_ms = 0 } = effect;
      const most = spread_ms === 0 ? "" : ` to ${format.duration(ms + spread_ms)}`;
      return `held back ${format.duration(ms)}${most}`;
    }
    case "error":
      return `answered ${effect.status}`;
    case "reset":
      return "cut off without an answer";
    case "truncate":
      return `broken off after ${format.bytes(effect.after_bytes)}`;
    case "drip":
      return `slowed to ${format.bytes(effect.bytes_per_second)} a second`;
  }
}

/** "20 % of `orders` v2 answered 503" */
export function faultText({ effect, route, version, key, share_percent }: Fault): string {
  const share = share_percent === 100 ? "All requests" : `${share_percent} % of requests`;
  const where = route == null ? "" : ` of \`${route}\`${version == null ? "" : ` \`${version}\``}`;
  const who = key == null ? "" : " with one key";
  return `${share}${where}${who}: ${effectText(effect)}`;
}

const NONE: readonly Fault[] = [];

/** The faults that are on. */
export function useFaults() {
  return useStatus()?.faults ?? NONE;
}

/** Switches faults on and off; what is on is read again at once. */
export function useFaultSwitch() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: queryKeys.status });
  const begin = useMutation({
    mutationFn: (body: NewFault) => answer(api.POST("/api/v1/faults", { body })),
    onSuccess,
  });
  const end = useMutation({
    mutationFn: (id: string) =>
      answer(api.DELETE("/api/v1/faults/{id}", { params: { path: { id } } })),
    onSettled: onSuccess,
  });
  const endAll = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/faults")),
    onSettled: onSuccess,
  });
  return { begin, end, endAll };
}
