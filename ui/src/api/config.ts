import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { answer, answerWithHeaders, api, ifMatch } from "./client.ts";
import { queryKeys } from "./freshness.ts";
import type { components } from "./schema.gen.ts";

type Schemas = components["schemas"];

/**
 * A part of the configuration with every default written out, all the way down, as the gateway gives
 * it; what is not there is `null`.
 */
type Filled<T> = T extends readonly (infer Item)[]
  ? Filled<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Filled<T[K]> }
    : T;

/** A route with every default written out. */
export type Route = Filled<Schemas["Route"]>;
/** The versions of a route with every default written out. */
export type Versions = Filled<Schemas["Versions"]>;
/** One version with every default written out. */
export type Version = Filled<Schemas["Version"]>;
/** A service with every default written out. */
export type Service = Filled<Schemas["Service"]>;
/** How callers of a route show who they are, with every default written out. */
export type Authentication = Route["authentication"];
/** Who is asked about callers, with every default written out. */
export type ForwardAuth = NonNullable<Authentication["forward"]>;
/** A rule about who may call, with every default written out. */
export type AccessRule = Route["authorization"][number];
/** Which pages of other origins may call, with every default written out. */
export type Cors = NonNullable<Route["cors"]>;
/** Which answers of a route are kept, with every default written out. */
export type RouteCache = NonNullable<Route["cache"]>;
/** A rate limit with every default written out. */
export type RateLimit = Route["rate_limits"][number];
/** A quota with every default written out. */
export type Quota = Route["quotas"][number];
/** A limit on running requests with every default written out. */
export type ConcurrencyLimit = Route["concurrency"][number];
/** Somebody who calls, with every default written out. */
export type Consumer = Config["consumers"][number];
/** Limits that come with a key or a consumer, with every default written out. */
export type Plan = Config["plans"][number];
/** An issuer of tokens, with every default written out. */
export type Issuer = Config["issuers"][number];
/** Limits for all routes, and how they are told, with every default written out. */
export type Limits = Config["limits"];
/** Where API keys are looked for, with every default written out. */
export type ApiKeySettings = Config["api_keys"];
/** The whole configuration, what `gatewright.yaml` holds, with every default written out. */
export type Config = Filled<Schemas["Config"]>;

/** A configuration and the revision it is: what an edit starts from. */
export interface ConfigInForce {
  config: Config;
  revision: number;
}

/** The configuration in force. Events keep it fresh. */
export const configQuery = queryOptions({
  queryKey: queryKeys.config,
  queryFn: ({ signal }) => readConfig(signal),
});

export async function readConfig(signal?: AbortSignal): Promise<ConfigInForce> {
  const { data, headers } = await answerWithHeaders(
    api.GET("/api/v1/config", signal ? { signal } : {}),
  );
  // The gateway writes every field, also those that a file may leave out.
  return { config: data as Config, revision: revisionOf(headers.get("etag")) };
}

/**
 * Replaces the configuration that was revision `revision`. Refused with `config_conflict` if
 * another is in force by now, with `config_refused` and its issues if it is wrong.
 */
export function replaceConfig(config: Config, revision: number): Promise<Schemas["Applied"]> {
  return answer(api.PUT("/api/v1/config", { params: { header: ifMatch(revision) }, body: config }));
}

/** Everything that is wrong with a configuration or deserves a look. Changes nothing. */
export function validateConfig(config: Config, signal?: AbortSignal) {
  return answer(api.POST("/api/v1/config/validate", { body: config, ...(signal && { signal }) }));
}

/** `"7"` is revision 7. */
function revisionOf(etag: string | null): number {
  return Number(etag?.replaceAll('"', "") ?? Number.NaN);
}

/** One earlier configuration and what changed with it. */
export function readRevision(number: number, signal?: AbortSignal) {
  return answer(
    api.GET("/api/v1/revisions/{number}", {
      params: { path: { number } },
      ...(signal && { signal }),
    }),
  );
}

/** Puts revision `number` in force again, in the place of `inForce`. Refused like a replacement. */
export function restoreRevision(number: number, inForce: number): Promise<Schemas["Applied"]> {
  return answer(
    api.POST("/api/v1/revisions/{number}/restore", {
      params: { path: { number }, header: ifMatch(inForce) },
    }),
  );
}

/** What a change of the configuration makes stale, for who cannot wait for the event to say so. */
export async function refreshConfig(client: QueryClient): Promise<void> {
  const stale = [queryKeys.config, queryKeys.routes, queryKeys.services, queryKeys.revisions];
  await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
}
