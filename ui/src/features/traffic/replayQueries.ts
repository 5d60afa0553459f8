import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";

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

/** How two requests and their answers differ. */
export function useComparison(a: string, b: string) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, a, "diff", b],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exchanges/{a}/diff/{b}", { params: { path: { a, b } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
