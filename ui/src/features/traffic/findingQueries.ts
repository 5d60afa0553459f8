import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";

type Schemas = components["schemas"];
export type FilterReading = Schemas["FilterReading"];
export type Completions = Schemas["Completions"];
export type View = Schemas["View"];

const VIEWS = ["views"];

/** How the gateway understands a filter. What it said of the last one stays until it has answered. */
export function useFilterReading(q: string): FilterReading | undefined {
  const { data } = useQuery({
    queryKey: [...queryKeys.exchanges, "filter", q],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exchanges/filter", { params: { query: { q } }, signal })),
    enabled: q.trim() !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  return q.trim() === "" ? undefined : data;
}

/** Which terms of a filter that shows nothing hide most. */
export function useHidden(q: string) {
  return useQuery({
    queryKey: [...queryKeys.exchanges, "hidden", q],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exchanges/hidden", { params: { query: { q, lenient: true } }, signal }),
      ),
    retry: false,
  });
}

/** How the filter can go on at the caret. */
export function readCompletions(q: string, at: number): Promise<Completions> {
  return answer(api.GET("/api/v1/exchanges/completions", { params: { query: { q, at } } }));
}

/** Counts what matches since a moment, or in the whole log. */
export function readHistogram(q: string, fromUs: number | null, signal: AbortSignal) {
  const query = { q, lenient: true, ...(fromUs !== null && { from_us: Math.floor(fromUs) }) };
  return answer(api.GET("/api/v1/exchanges/histogram", { params: { query }, signal }));
}

/** The saved views, in their order. */
export function useViews(): readonly View[] {
  const { data } = useQuery({
    queryKey: VIEWS,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/views", { signal })),
  });
  return data ?? [];
}

/** Saves a view, in the place of the one with the name `before` if there is one. */
export function useSaveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ before, view }: { before: string; view: View }) =>
      answer(api.PUT("/api/v1/views/{name}", { params: { path: { name: before } }, body: view })),
    onSuccess: (views) => client.setQueryData(VIEWS, views),
  });
}

export function useRemoveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      answer(api.DELETE("/api/v1/views/{name}", { params: { path: { name } } })),
    onSettled: () => client.invalidateQueries({ queryKey: VIEWS }),
  });
}
