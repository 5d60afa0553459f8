import { QueryClient } from "@tanstack/react-query";
import { events, keepFresh, Problem } from "@/api/index.ts";

/**
 * What the UI knows of the gateway. Events say when something is stale, so nothing is fetched again
 * for the sake of it; a refusal is never retried, a missing answer is, twice.
 */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        networkMode: "always",
        retry: (failures, error) =>
          failures < 2 && error instanceof Problem && error.code === "unreachable",
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
  keepFresh(client, events);
  return client;
}
