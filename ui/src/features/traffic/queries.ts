import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, type paths, Problem, queryKeys } from "@/api/index.ts";
import { isRunning } from "@/live/exchange.ts";
import type { ReadCells } from "@/live/detailCells.ts";
import type { ReadSorted } from "@/live/logState.ts";
import type { ReadPage } from "@/live/olderAndNewer.ts";

export type Detail = components["schemas"]["ExchangeDetail"];
export type Curl = components["schemas"]["CurlCommand"];
type CurlQuery = NonNullable<paths["/api/v1/exchanges/{id}/curl"]["get"]["parameters"]["query"]>;
export type CurlVariant = NonNullable<CurlQuery["variant"]>;
/** Where what is written sends the request to. */
export type CurlTo = NonNullable<CurlQuery["to"]>;

/** Rows reach the log up to 200 ms after they are shown: a few looks before "there is none". */
const LOOKS = 8;
const LOOK_AGAIN_MS = 250;
const ASK_AGAIN_MS = 2000;
const RUNNING_AGAIN_MS = 1000;

/** Whether the log does not hold the request: not yet, or not any more. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Problem && error.code === "not_found";
}

/** Reads a page of the log. */
export const readPage: ReadPage = (q, before, limit) =>
  answer(
    api.GET("/api/v1/exchanges", {
      params: { query: { q, lenient: true, limit, ...(before !== null && { before }) } },
    }),
  );

/** Reads the first of the log in an order. */
export const readSorted: ReadSorted = (q, sort) =>
  answer(api.GET("/api/v1/exchanges/sorted", { params: { query: { q, lenient: true, ...sort } } }));

/** Reads cells that are made of the detail of requests. */
export const readCells: ReadCells = (ids, columns) =>
  answer(api.POST("/api/v1/exchanges/cells", { body: { ids: [...ids], columns: [...columns] } }));

/** Most bytes of a body that are asked for with a request; of a larger one its pages are. */
export const MOST_SHOWN = 256 * 1024;

/** Everything about one request. What was shown before stays until it is there. */
export function useExchange(id: string) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, id],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exchanges/{id}", {
          params: { path: { id }, query: { body_bytes: MOST_SHOWN } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    // What has ended does not change any more.
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, error) => isNotFound(error) && failures < LOOKS,
    retryDelay: LOOK_AGAIN_MS,
    // One that has just begun has its detail a little later; one that runs goes on.
    refetchInterval: ({ state }) => {
      if (isNotFound(state.error)) return ASK_AGAIN_MS;
      return state.data && isRunning(state.data.summary) ? RUNNING_AGAIN_MS : false;
    },
  });
}

/** Everything about one request, once. */
export function readExchange(id: string): Promise<Detail> {
  return answer(api.GET("/api/v1/exchanges/{id}", { params: { path: { id } } }));
}

/** The command that sends a request again. */
export function readCurl(
  id: string,
  variant: CurlVariant = "posix",
  to: CurlTo = "gateway",
  signal?: AbortSignal,
): Promise<Curl> {
  return answer(
    api.GET("/api/v1/exchanges/{id}/curl", {
      params: { path: { id }, query: { variant, to } },
      ...(signal && { signal }),
    }),
  );
}

export function useCurl(id: string, variant: CurlVariant, to: CurlTo) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, id, "curl", variant, to],
    queryFn: ({ signal }) => readCurl(id, variant, to, signal),
    placeholderData: keepPreviousData,
    // The gateway's address is part of it.
    staleTime: 0,
  });
}

/** The routes, for a request that one of them takes. */
export function useRoutes() {
  const { data } = useQuery({
    queryKey: [...queryKeys.routes, "to send a request to"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/routes", { signal })),
  });
  return data;
}

export function useStartGateway() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.POST("/api/v1/gateway/start")),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.status }),
  });
}

export function useSendRequest() {
  return useMutation({
    mutationFn: (request: { method: string; path: string }) =>
      answer(api.POST("/api/v1/requests/send", { body: { ...request, headers: [] } })),
  });
}

/** A script that sends requests again, one after the other. */
export function readScript(ids: readonly string[]) {
  return answer(
    api.POST("/api/v1/exchanges/export", { body: { form: "curl", bodies: true, ids: [...ids] } }),
  );
}

/** Pins requests, or lets go of them. */
export function pinRequests(ids: readonly string[], pinned: boolean) {
  return answer(api.POST("/api/v1/exchanges/pin", { body: { ids: [...ids], pinned } }));
}

/** Removes requests from the log; for a minute they can be had back. */
export function removeRequests(ids: readonly string[]) {
  return answer(api.POST("/api/v1/exchanges/remove", { body: { ids: [...ids] } }));
}

/** Has requests back that were removed. */
export function restoreRequests(ids: readonly string[]) {
  return answer(api.POST("/api/v1/exchanges/restore", { body: { ids: [...ids] } }));
}

/** Empties the log; resolves to how many requests were in it. */
export function useClearLog() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/exchanges")),
    onSuccess: () => {
      client.removeQueries({ queryKey: queryKeys.exchanges });
      return client.invalidateQueries({ queryKey: queryKeys.status });
    },
  });
}
