import type { components } from "@/api/index.ts";
import type { Exchange } from "@/live/exchange.ts";
import { momentText, withTerm, withTime } from "@/live/filterText.ts";
import type { Detail } from "./queries.ts";

type Schemas = components["schemas"];
type Owner = Schemas["LimitOwner"];
type Counted = Pick<Schemas["LimitFact"], "name" | "by" | "owner">;

/** The limit that had no room for a request. */
export interface RefusedBy {
  name: string;
  /** Where it is written. */
  link:
    | { to: "/routes"; search: { sel: string; part: "limits" | "versions" } }
    | { to: "/keys"; search: { show: "plans"; sel: string } }
    | { to: "/settings" };
  /** The filter of the requests that it counted together before this one; `null` if none says it. */
  others: string | null;
}

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800, month: 2_678_400 };

const refuses = (limit: { mode?: string | undefined; admitted: boolean }) =>
  limit.mode !== "shadow" && !limit.admitted;

/** What the limits said of a request that they stopped. */
function stopping({ trace }: Detail): Extract<Schemas["Facts"], { kind: "limits" }> | null {
  const stopped = trace.find(
    ({ verdict, facts: { kind } }) => verdict === "stopped" && kind === "limits",
  );
  return stopped?.facts.kind === "limits" ? stopped.facts : null;
}

/** Every limit that refused a request, and whose requests it counts together, to let one past. */
export function limitsToPass(detail: Detail): Schemas["LimitPlace"][] {
  const facts = stopping(detail);
  if (facts === null) return [];
  const { limits, quotas = [], concurrency = [] } = facts;
  return [...limits, ...quotas, ...concurrency].filter(refuses).flatMap((limit) => {
    const { name, owner, partition } = limit;
    // Logs of older versions do not say where it is written; a masked value is not known any more.
    if (owner == null) return [];
    return [{ name, owner, partition: partition.includes("•") ? null : partition }];
  });
}

/** The first limit that refused a request, where one did. */
export function refusedBy(detail: Detail): RefusedBy | null {
  const facts = stopping(detail);
  if (facts === null) return null;
  const { summary } = detail;
  const { limits, quotas = [], concurrency = [] } = facts;
  const rate = limits.find(refuses);
  const quota = quotas.find(refuses);
  const running = concurrency.find(refuses);
  const limit: Counted | undefined = rate ?? quota ?? running;
  if (!limit) return null;
  const per = rate?.per ?? quota?.per;
  return {
    name: limit.name,
    link: linkTo(limit.owner, summary.route ?? ""),
    others: per === undefined ? null : othersOf(limit, summary, SECONDS[per]),
  };
}

function linkTo(owner: Owner | null | undefined, route: string): RefusedBy["link"] {
  switch (owner?.kind) {
    case "gateway":
      return { to: "/settings" };
    case "plan":
      return { to: "/keys", search: { show: "plans", sel: owner.plan } };
    case "version":
      return { to: "/routes", search: { sel: owner.route, part: "versions" } };
    case "route":
      return { to: "/routes", search: { sel: owner.route, part: "limits" } };
    case undefined:
      return { to: "/routes", search: { sel: route, part: "limits" } };
  }
}

/** Those of the last so many seconds that were counted together with it, itself among them. */
function othersOf({ by, owner }: Counted, exchange: Exchange, seconds: number): string | null {
  const whose = counted(by, exchange);
  if (whose === null) return null;
  const onRoute = owner?.kind === "route" || owner?.kind === "version" || owner == null;
  const route = onRoute && exchange.route != null ? withTerm("", "route", exchange.route) : "";
  const filter = whose.reduce((all, [key, value]) => withTerm(all, key, value), route);
  const { started_at_us: at } = exchange;
  return withTime(filter, momentText(at - seconds * 1e6), momentText(at + 1e6));
}

function counted(by: Counted["by"], exchange: Exchange): [string, string][] | null {
  const { key, consumer, client_ip: ip, route } = exchange;
  switch (by) {
    case "key":
      return key ? [["key", key.name]] : [["ip", ip]];
    case "consumer":
      return consumer == null ? [["ip", ip]] : [["consumer", consumer]];
    case "ip":
      return [["ip", ip]];
    case "route":
      return route == null ? [] : [["route", route]];
    case "global":
      return [];
    // No term of the filter holds the value of any header or claim.
    case "header":
    case "claim":
      return null;
  }
}
