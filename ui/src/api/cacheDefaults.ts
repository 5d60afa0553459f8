import type { RouteCache } from "./config.ts";

/** Keeps what the service says may be kept, as the gateway would fill it in. */
export function defaultRouteCache(): RouteCache {
  return {
    enabled: true,
    ttl_s: null,
    override_answer: false,
    heuristic: true,
    audience: "per_caller",
    methods: ["GET", "HEAD"],
    statuses: [],
    query: "all",
    query_names: [],
    headers: [],
    bypass: { headers: [], query: [] },
    obey_callers: true,
    store_set_cookie: false,
    stale_while_revalidate_s: null,
    stale_if_error_s: null,
  };
}
