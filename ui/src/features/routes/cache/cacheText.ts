import type { Route, RouteCache } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

/** "cached 30 s, shared by all callers", or that nothing is kept. */
export function cacheText({ cache }: Route): string {
  if (cache === null) return "nothing is kept";
  if (!cache.enabled) return "switched off";
  const shared = cache.audience === "shared";
  return [freshText(cache), shared && "shared by all callers"].filter(Boolean).join(", ");
}

function freshText({ ttl_s, override_answer }: RouteCache): string {
  if (ttl_s === null) return "cached as answers say";
  const time = format.duration(ttl_s * 1000);
  return override_answer ? `cached ${time}` : `cached ${time} or as answers say`;
}

/** What tells one answer from another, in a line. `together`: it is made of several. */
export function keyText({ query, query_names, headers }: RouteCache, together: boolean): string {
  const parts = {
    all: "the whole query",
    none: "not the query",
    only: `of the query ${query_names.join(", ") || "nothing yet"}`,
    except: `the query without ${query_names.join(", ") || "anything"}`,
  };
  const named = headers.map((name) => `\`${name}\``);
  const own = together ? ["what parts are asked with"] : [];
  return ["host and path", parts[query], ...named, ...own].join(", ");
}

/** When the service is always asked, in a line. */
export function bypassText({ bypass }: RouteCache): string {
  const count = bypass.headers.length + bypass.query.length;
  return count === 0 ? "never" : `where one of ${format.plural(count, "condition")} holds`;
}

/** What may be given though it is stale, in a line. `together`: it is made of several. */
export function staleText(cache: RouteCache, together: boolean): string {
  const { stale_while_revalidate_s: anew, stale_if_error_s: failing } = cache;
  const time = (seconds: number) => format.duration(seconds * 1000);
  const parts = [
    anew !== null && !together && `${time(anew)} while it is fetched anew`,
    failing !== null && `${time(failing)} where ${together ? "a part" : "the service"} fails`,
  ].filter(Boolean);
  return parts.length === 0 ? "as answers say" : parts.join(", ");
}
