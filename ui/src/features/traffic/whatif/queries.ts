import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, queryKeys } from "@/api/index.ts";
import { useDebounced } from "@/ui/index.ts";
import type { Asked } from "./question.ts";

/** How long after the last keystroke it is asked. */
const ASK_AFTER_MS = 250;
/** How many keys are offered. */
const OFFERED = 200;

/** What would become of a request. Give it a memoised question; `null` asks nothing. */
export function useExplanation(asked: Asked | null) {
  const settled = useDebounced(asked, ASK_AFTER_MS);
  return useQuery({
    // What is in force may change under it: then it is asked again.
    queryKey: [...queryKeys.config, "what if", settled],
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/explain", { body: settled as Asked, signal })),
    enabled: settled !== null,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
}

/** Callers to choose from: keys that are good, and consumers. */
export function useCallers() {
  const { data } = useQuery({
    queryKey: [...queryKeys.keys, "to ask about"],
    queryFn: async ({ signal }) => {
      const [{ rows }, config] = await Promise.all([
        answer(api.GET("/api/v1/keys", { params: { query: { limit: OFFERED } }, signal })),
        answer(api.GET("/api/v1/config", { signal })),
      ]);
      const keys = rows.filter(({ state }) => state === "good").map(({ key }) => key);
      const named = (config.consumers ?? []).map(({ name }) => name);
      const consumers = [...new Set([...named, ...keys.map(({ consumer }) => consumer)])];
      return { keys, consumers: consumers.toSorted() };
    },
  });
  return data;
}

/** The configuration in force as text. */
export function readYaml(): Promise<string> {
  return answer(api.GET("/api/v1/config/yaml", { parseAs: "text" }));
}
