import type { Route } from "@/api/index.ts";

export type RateLimit = Route["rate_limits"][number];

const PER = { second: "s", minute: "min", hour: "h", day: "day" } as const;
const BY = { key: "key", ip: "IP", route: "route" } as const;

/** What a limit is called where it has no name of its own. */
export function plainLimitText({ requests, per, by }: RateLimit): string {
  return `${requests}/${PER[per]} per ${BY[by]}`;
}

/** What a limit is called, as the gateway calls it. */
export function limitText(limit: RateLimit): string {
  return limit.name ?? plainLimitText(limit);
}

/** "60/min per key, 10/s per IP", or "no limit". */
export function limitsText({ rate_limits }: Pick<Route, "rate_limits">): string {
  return rate_limits.length === 0 ? "no limit" : rate_limits.map(limitText).join(", ");
}
