import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, Problem, queryKeys } from "@/api/index.ts";
import { toast } from "@/ui/index.ts";
import type { Span } from "./outputSpan.ts";

type Action = components["schemas"]["WantedAction"];

/** How often figures such as running requests are read again: no event tells each of them. */
const EVERY_MS = 1_000;

/** How the program of a service is, with its figures current to a second. */
export function useProcess(name: string) {
  return useQuery({
    queryKey: [...queryKeys.processes, name, "state"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/services/{name}/process", { params: { path: { name } }, signal })),
    refetchInterval: EVERY_MS,
  }).data;
}

/** The same for the list; events keep it fresh. */
export function useProcessStatus(name: string) {
  return useQuery({
    queryKey: [...queryKeys.processes, "all"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/processes", { signal })),
    select: (states) => states.find(({ service }) => service === name),
  }).data;
}

export interface OutputWish {
  text: string;
  stderr: boolean;
  /** Of all times where there is none. */
  span: Span | null;
  /** How many at most. */
  limit: number;
}

/** The newest lines that the program wrote. Events tell of new ones. */
export function useOutput(name: string, { text, stderr, span, limit }: OutputWish) {
  const times = span ? { from_us: span.fromUs, to_us: span.toUs } : {};
  return useQuery({
    queryKey: [...queryKeys.processes, name, "output", text, stderr, times, limit],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/services/{name}/process/output", {
          params: {
            path: { name },
            query: { limit, ...times, ...(text !== "" && { q: text }), ...(stderr && { stderr }) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  }).data;
}

/** Does what a person wants of a program; what is refused is said. */
export function useAct(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Action) =>
      answer(api.POST("/api/v1/services/{name}/process", { params: { path: { name } }, body })),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.processes }),
    onError: (error) => {
      if (!(error instanceof Problem)) throw error;
      toast({ title: "That was not done", detail: error.message, tone: "err" });
    },
  });
}
