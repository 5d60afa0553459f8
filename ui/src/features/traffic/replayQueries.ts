import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";
import type { Exchange } from "@/live/exchange.ts";
import { exactTerm } from "@/live/filterText.ts";
import { readPage } from "./queries.ts";

type Schemas = components["schemas"];
export type ReplayPlan = Schemas["ReplayPlan"];
export type ReplayOrder = Schemas["ReplayOrder"];
export type ReplayRequest = Schemas["ReplayRequest"];
export type Replayed = Schemas["Replayed"];
export type ReplayResult = Schemas["ReplayResult"];
export type Comparison = Schemas["Comparison"];

/** What sending a request again would be. */
export function useReplayPlan(id: string) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, id, "replay"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exchanges/{id}/replay", { params: { path: { id } }, signal })),
    // Routes, versions and keys are part of it.
    staleTime: 0,
  });
}

/** Sends a request again. */
export function useReplay(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (order: Partial<ReplayOrder>) =>
      answer(
        api.POST("/api/v1/exchanges/{id}/replay", {
          params: { path: { id } },
          body: { times: 1, at_once: 1, confirmed: false, ...order },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.keys }),
  });
}

/** The id of the request before this one with the same method on the same route; `null` for none near. */
export function usePrevious({ id, seq, route, method }: Exchange) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, id, "previous"],
    queryFn: async () => {
      const q = `${exactTerm("route", route ?? "")} ${exactTerm("method", method)}`;
      const { rows } = await readPage(q, seq, 1);
      return rows[0]?.id ?? null;
    },
    // One that still runs has no number yet.
    enabled: route != null && seq > 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How two requests and their answers differ. */
export function useComparison(a: string, b: string) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, a, "diff", b],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exchanges/{a}/diff/{b}", { params: { path: { a, b } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
