import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";
import { format, toast } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type CacheState = Schemas["CacheState"];
export type CacheCounts = Schemas["CacheCounts"];
export type PurgeWish = Schemas["PurgeWish"];

/** How often the numbers are asked for while they are looked at. */
const EVERY_MS = 2000;

/** How much is kept of answers, and how often it was given again. */
export function useCacheState() {
  return useQuery({
    queryKey: queryKeys.cache,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/cache", { signal })),
    refetchInterval: EVERY_MS,
    staleTime: 0,
  });
}

/** Throws answers away, and says how many those were. */
export function usePurge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: PurgeWish) => answer(api.POST("/api/v1/cache/purge", { body })),
    onSuccess: ({ answers, bytes }) => {
      const title =
        answers === 0
          ? "Nothing was kept there"
          : `${format.plural(answers, "answer")} thrown away, ${format.bytes(bytes)}`;
      toast({ title });
      return client.invalidateQueries({ queryKey: queryKeys.cache });
    },
    onError: (error) => toast({ title: "Nothing was thrown away", detail: error.message }),
  });
}

/** How many of all requests were answered with what was kept; `null` before the first. */
export function hitRatio(counts: CacheCounts): number | null {
  const kept = counts.hits + counts.stale + counts.revalidated;
  const all = kept + counts.misses + counts.bypassed;
  return all === 0 ? null : kept / all;
}

/** "83 % of 120 requests answered from the cache, 1.2 MB not fetched". */
export function countsText(counts: CacheCounts): string {
  const ratio = hitRatio(counts);
  if (ratio === null) return "No request since the gateway was started.";
  const kept = counts.hits + counts.stale + counts.revalidated;
  const all = kept + counts.misses + counts.bypassed;
  const share = `${Math.round(ratio * 100)} % of ${format.plural(all, "request")}`;
  return `${share} answered from the cache, ${format.bytes(counts.saved_bytes)} not fetched.`;
}
