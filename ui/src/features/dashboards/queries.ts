import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type components, type paths, queryKeys } from "@/api/index.ts";
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
  key?: string | undefined;
  consumer?: string | undefined;
  plan?: string | undefined;
  route?: string | undefined;
  version?: string | undefined;
  callersOnly: boolean;
}

function query({ seen, callersOnly, ...only }: Wanted): UsageQuery {
  const { key, consumer, plan, route, version } = only;
  return {
    ...(seen.kind === "last"
      ? { last_s: seen.range.seconds }
      : { since_us: seen.span.from * 1_000_000, until_us: seen.span.to * 1_000_000 }),
    ...(key !== undefined && { key }),
    ...(consumer !== undefined && { consumer }),
    ...(plan !== undefined && { plan }),
    ...(route !== undefined && { route }),
    ...(version !== undefined && { version }),
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

/** Consumers and plans that can be chosen: those of the configuration, and those that keys have. */
export function useCallerChoices() {
  const keys = useKeyChoices().data?.rows;
  const config = useQuery({
    queryKey: [...queryKeys.config, "callers"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/config", { signal })),
    staleTime: 30_000,
  }).data;
  const ofKeys = (keys ?? []).map(({ key }) => key.consumer);
  const named = (config?.consumers ?? []).map(({ name }) => name);
  return {
    keys: (keys ?? []).map(({ key }) => key),
    consumers: [...new Set([...named, ...ofKeys])].toSorted(),
    plans: (config?.plans ?? []).map(({ name }) => name),
  };
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
