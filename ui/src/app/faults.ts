import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";
import { format, toast } from "@/ui/index.ts";
import { useStatus } from "./status.ts";

export type Fault = components["schemas"]["Fault"];
export type NewFault = components["schemas"]["NewFault"];
export type FaultEffect = components["schemas"]["FaultEffect"];
export type ForcedRefusal = components["schemas"]["Refusal"];

/** What a person can have the next request answered with. */
export const FORCED: Record<ForcedRefusal, string> = {
  limited: "429 Too Many Requests",
  unauthenticated: "401 Unauthorized",
  unavailable: "503 Service Unavailable",
};

/** How long a refusal waits for its request, in seconds. */
const WAITS_S = 600;

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
    case "refuse":
      return `answered ${FORCED[effect.refusal]}`;
    case "let_through":
      return `let through past ${effect.past.map(({ name }) => `\`${name}\``).join(" and ")}`;
  }
}

/** "20 % of `orders` v2 answered 503", "The next request of `orders`: answered 429 Too Many Requests" */
export function faultText(fault: Fault): string {
  const { effect, route, version, key, share_percent, times, struck } = fault;
  const left = times == null ? null : times - struck;
  const next = left === 1 ? "The next request" : `The next ${left} requests`;
  const all = share_percent === 100 ? "All requests" : `${share_percent} % of requests`;
  const share = left === null ? all : next;
  const where = route == null ? "" : ` of \`${route}\`${version == null ? "" : ` \`${version}\``}`;
  const who = key == null ? "" : " with one key";
  return `${share}${where}${who}: ${effectText(effect)}`;
}

const NONE: readonly Fault[] = [];

/** The faults that are on. */
export function useFaults() {
  return useStatus()?.faults ?? NONE;
}

/** Whose next request is meant, with what they are called. */
export interface Whose {
  route?: string | undefined;
  key?: { id: string; name: string } | undefined;
}

/** Lets the next request of a route or a key be refused once, and says so with the way back. */
export function useForceNext() {
  const { begin, end } = useFaultSwitch();
  return (whose: Whose, refusal: ForcedRefusal) => {
    const { route, key } = whose;
    const fault: NewFault = {
      effect: { kind: "refuse", refusal },
      route: route ?? null,
      version: null,
      key: key?.id ?? null,
      share_percent: 100,
      for_seconds: WAITS_S,
      times: 1,
    };
    begin.mutate(fault, {
      onSuccess: ({ id }) =>
        toast({
          tone: "ok",
          title: `The next request ${whoseText(whose)} is answered ${FORCED[refusal]}`,
          detail: "Once, within 10 minutes. No limit or quota counts it.",
          action: { label: "Undo", run: () => end.mutate(id) },
        }),
      onError: (error) => toast({ tone: "err", title: "Nothing is forced", detail: error.message }),
    });
  };
}

/** "of orders with key acme-ci" */
function whoseText({ route, key }: Whose): string {
  const parts = [route && `of ${route}`, key && `with key ${key.name}`];
  return parts.filter(Boolean).join(" ") || "of anybody";
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
