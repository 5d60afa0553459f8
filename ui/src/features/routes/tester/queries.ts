import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { answer, api, type Config, queryKeys } from "@/api/index.ts";
import { useDebounced } from "@/ui/index.ts";
import { type HeaderLine, requestFromLog, type TestRequest } from "./request.ts";
import { readFate, readRouteTest, type RouteTested } from "./routeTest.ts";

/** How long after the last keystroke a request is tried on the routes. */
const TEST_AFTER_MS = 150;
/** How many requests of the log are offered. */
const OFFERED = 10;

/** What is asked: a request, and the draft it is tried on; `null` is what is in force. */
export interface Question {
  method: string;
  url: string;
  headers: readonly HeaderLine[];
  config: Config | null;
}

/** Which route would answer. Give it a memoised question; `null` asks nothing. */
export function useRouteTest(question: Question | null) {
  const settled = useDebounced(question, TEST_AFTER_MS);
  return useQuery<RouteTested>({
    // What is in force may change under it: then it is asked again.
    queryKey: [...queryKeys.config, "route test", settled],
    queryFn: ({ signal }) => readRouteTest(settled as Question, signal),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
}

/** What would become of the request at every stage. Give it a memoised question. */
export function useFate(question: Question) {
  const settled = useDebounced(question, TEST_AFTER_MS);
  return useQuery({
    queryKey: [...queryKeys.config, "fate", settled],
    queryFn: ({ signal }) => readFate(settled, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
}

/** Requests that no route took, and the latest of all, newest first. */
export function useLogged() {
  const read = (q: string) =>
    answer(api.GET("/api/v1/exchanges", { params: { query: { q, limit: OFFERED } } }));
  return useQuery({
    queryKey: [...queryKeys.exchanges, "to test"],
    queryFn: async () => {
      const [unmatched, latest] = await Promise.all([
        read("code:route_not_found,method_not_allowed"),
        read(""),
      ]);
      return { unmatched: unmatched.rows, latest: latest.rows };
    },
    staleTime: 0,
  });
}

/** A request of the log, with the headers it came with. */
export async function readLogged(id: string, signal?: AbortSignal): Promise<TestRequest> {
  const { summary, client_request } = await answer(
    api.GET("/api/v1/exchanges/{id}", { params: { path: { id } }, ...(signal && { signal }) }),
  );
  return requestFromLog(summary, client_request);
}

export function useSend() {
  return useMutation({
    mutationFn: (request: { method: string; path: string; headers: HeaderLine[] }) =>
      answer(api.POST("/api/v1/requests/send", { body: request })),
  });
}
