import type { ConcurrencyLimit, Quota, RateLimit } from "@/api/index.ts";

/** All the limits of a route, a version, a plan or the gateway. */
export interface LimitSet {
  rate_limits: RateLimit[];
  quotas: Quota[];
  concurrency: ConcurrencyLimit[];
}

/** The limits of what has more than limits. */
export function limitsOf({ rate_limits, quotas, concurrency }: LimitSet): LimitSet {
  return { rate_limits, quotas, concurrency };
}

export function hasNoLimit({ rate_limits, quotas, concurrency }: LimitSet): boolean {
  return rate_limits.length + quotas.length + concurrency.length === 0;
}

type By = Pick<RateLimit, "by" | "of">;

const PER = { second: "s", minute: "min", hour: "h", day: "day", month: "month" } as const;

/** "per key", or "per header `X-Tenant`". */
function whose({ by, of }: By): string {
  switch (by) {
    case "ip":
      return "per IP";
    case "header":
    case "claim":
      return of === null ? `per ${by}` : `per ${by} ${of}`;
    case "global":
      return "in all";
    default:
      return `per ${by}`;
  }
}

/** What a limit is called where it has no name of its own. */
export function plainLimitText(limit: RateLimit): string {
  return `${limit.requests}/${PER[limit.per]} ${whose(limit)}`;
}

/** What a quota is called where it has no name of its own. */
export function plainQuotaText(quota: Quota): string {
  return `${quota.requests} a ${quota.per} ${whose(quota)}`;
}

/** What a limit on running requests is called where it has no name of its own. */
export function plainConcurrencyText(limit: ConcurrencyLimit): string {
  return `${limit.requests} at once ${whose(limit)}`;
}

/** A name made by the gateway for a limit that is not a route's. */
export function owned(plain: string, owner: string | undefined): string {
  return owner === undefined ? plain : `${plain} ${owner}`;
}

/** What a limit is called, as the gateway calls it. */
export function limitText(limit: RateLimit): string {
  return limit.name ?? plainLimitText(limit);
}

/** What a quota is called, as the gateway calls it. */
export function quotaText(quota: Quota): string {
  return quota.name ?? plainQuotaText(quota);
}

/** What a limit on running requests is called, as the gateway calls it. */
export function concurrencyText(limit: ConcurrencyLimit): string {
  return limit.name ?? plainConcurrencyText(limit);
}

/** "60/min per key, 20000 a month per key", or "no limit". What doesn't refuse says so. */
export function limitsText({ rate_limits, quotas, concurrency }: LimitSet): string {
  const texts = [
    ...rate_limits.map((limit) => withMode(limitText(limit), limit.mode)),
    ...quotas.map((quota) => withMode(quotaText(quota), quota.mode)),
    ...concurrency.map((limit) => withMode(concurrencyText(limit), limit.mode)),
  ];
  return texts.length === 0 ? "no limit" : texts.join(", ");
}

function withMode(text: string, mode: RateLimit["mode"]): string {
  if (mode === "enforce") return text;
  return `${text} (${mode === "shadow" ? "shadow only" : "off"})`;
}
