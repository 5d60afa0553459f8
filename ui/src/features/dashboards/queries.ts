import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type components, type paths } from "@/api/index.ts";
import { type Look, refreshEvery } from "./range.ts";

type Schemas = components["schemas"];
export type Usage = Schemas["Usage"];
export type UsageGroup = Schemas["UsageGroup"];
export type QuotaBurn = Schemas["QuotaBurn"];
export type OldVersion = Schemas["OldVersion"];
type UsageQuery = NonNullable<paths["/api/v1/usage"]["get"]["parameters"]["query"]>;

/** Which requests the charts are about. */
export interface Wanted {
  seen: Look;
  key: string | undefined;
  route: string | undefined;
  callersOnly: boolean;
}

function query({ seen, key, route, callersOnly }: Wanted): UsageQuery {
  return {
    ...(seen.kind === "last"
      ? { last_s: seen.range.seconds }
      : { since_us: seen.span.from * 1_000_000, until_us: seen.span.to * 1_000_000 }),
    ...(key !== undefined && { key }),
    ...(route !== undefined && { route }),
    callers_only: callersOnly,
  };
}

/** Sums of what is wanted, by groups; asked for again as often as makes sense, unless it is held. */
export function useUsage(wanted: Wanted, more: UsageQuery, held: boolean) {
  const asked = { ...query(wanted), ...more };
  return useQuery({
    queryKey: ["usage", asked],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/usage", { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: held ? false : refreshEvery(wanted.seen),
    staleTime: 500,
  });
}

/** The same as a file for spreadsheets. */
export function readCsv(wanted: Wanted, by: UsageQuery["by"]): Promise<string> {
  const asked = { ...query(wanted), ...(by && { by }), points: 1200, top: 1000 };
  return answer(api.GET("/api/v1/usage/csv", { params: { query: asked }, parseAs: "text" }));
}

export function useQuotas(key: string | undefined) {
  return useQuery({
    queryKey: ["usage-quotas", key ?? ""],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/usage/quotas", { params: { query: key ? { key } : {} }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

export function useOldVersions() {
  return useQuery({
    queryKey: ["usage-old-versions"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/usage/old-versions", { signal })),
    refetchInterval: 30_000,
  });
}

/** Keys that can be chosen, by name. */
export function useKeyChoices() {
  return useQuery({
    queryKey: ["keys", "choices"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/keys", { params: { query: { limit: 500 } }, signal })),
    staleTime: 30_000,
  });
}
