import { keepPreviousData, useMutation, useQueries, useQuery } from "@tanstack/react-query";
import { answer, api, type components, inDesktop, queryKeys } from "@/api/index.ts";
import { format, saveFile, toast } from "@/ui/index.ts";
import { readExchange } from "../../queries.ts";

export type BodyView = components["schemas"]["BodyView"];

/** The body of a request of the log. */
export interface BodyOf {
  id: string;
  side: components["schemas"]["BodySide"];
}

/** Pages that are not on screen are let go of. */
const KEPT_MS = 20_000;

const keyOf = ({ id, side }: BodyOf) => [...queryKeys.exchanges, id, "body", side];

/** Where the lines of a body are. What is in the log does not change. */
export function useBodyIndex(of: BodyOf, view: BodyView) {
  return useQuery({
    queryKey: [...keyOf(of), view, "index"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exchanges/{id}/bodies/{side}", {
          params: { path: { ...of }, query: { view } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEPT_MS,
    retry: false,
  });
}

/** Some pages of a body, by their numbers. */
export function useBodyPages(of: BodyOf, view: BodyView, pages: readonly number[]) {
  return useQueries({
    queries: pages.map((page) => ({
      queryKey: [...keyOf(of), view, page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answer(
          api.GET("/api/v1/exchanges/{id}/bodies/{side}/pages/{page}", {
            params: { path: { ...of, page }, query: { view } },
            signal,
          }),
        ),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: KEPT_MS,
      retry: false,
    })),
    combine: (results) => ({
      pages: new Map(results.flatMap(({ data }) => (data ? [[data.page, data] as const] : []))),
      error: results.find(({ error }) => error !== null)?.error ?? null,
    }),
  });
}

/** One of the places of a text in a body, and how many there are. */
export function useBodySearch(of: BodyOf, view: BodyView, q: string, nth: number) {
  return useQuery({
    queryKey: [...keyOf(of), view, "search", q, nth],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/exchanges/{id}/bodies/{side}/search", {
          params: { path: { ...of }, query: { view, q, nth } },
          signal,
        }),
      ),
    enabled: q !== "",
    placeholderData: keepPreviousData,
    gcTime: KEPT_MS,
    retry: false,
  });
}

/** Saves all that was kept: in a browser as a download, from the desktop app among the downloads. */
export function useSaveBody(of: BodyOf, name: string) {
  return useMutation({
    mutationFn: async () => {
      const params = { path: { ...of } };
      if (inDesktop) {
        const saved = await answer(
          api.POST("/api/v1/exchanges/{id}/bodies/{side}/save", { params, body: {} }),
        );
        return `${saved.path}, ${format.bytes(saved.bytes)}`;
      }
      const file = await answer(
        api.GET("/api/v1/exchanges/{id}/bodies/{side}/file", { params, parseAs: "blob" }),
      );
      saveFile(name, file as unknown as Blob, "application/octet-stream");
      return name;
    },
    onSuccess: (where) => toast({ tone: "ok", title: "The body is saved", detail: where }),
    onError: ({ message }) => toast({ tone: "err", title: "Nothing is saved", detail: message }),
  });
}

/** All that was kept of a body that is no text, in base64. */
export function useWholeBody({ id, side }: BodyOf) {
  return useQuery({
    queryKey: [...keyOf({ id, side }), "whole"],
    queryFn: async () => {
      const detail = await readExchange(id);
      return (side === "request" ? detail.request_body : detail.response_body).base64 ?? "";
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}
