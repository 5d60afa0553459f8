import type { components } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

type Schemas = components["schemas"];
type LimitFact = Schemas["LimitFact"];
type QuotaFact = Schemas["QuotaFact"];
type ConcurrencyFact = Schemas["ConcurrencyFact"];
export type LimitsFacts = Extract<Schemas["Facts"], { kind: "limits" }>;

/** The limits a request was counted by, in words: for each its rule, then how it stood. */
export function limitsLines({ limits, quotas = [], concurrency = [] }: LimitsFacts): string[] {
  return [
    ...concurrency.flatMap(concurrencyLines),
    ...quotas.flatMap(quotaLines),
    ...limits.flatMap(limitLines),
  ];
}

const WHOSE = {
  key: "per key",
  consumer: "per consumer",
  ip: "per address",
  header: "per value of a header",
  claim: "per value of a claim",
  route: "for the whole route",
  global: "for all together",
} as const satisfies Record<LimitFact["by"], string>;

const SHADOW = "Shadow only: it refuses nothing.";

function limitLines(limit: LimitFact): string[] {
  const { algorithm = "token_bucket", burst, per } = limit;
  const how = {
    token_bucket: `at most ${format.count(burst)} at once`,
    fixed_window: "in fixed windows",
    sliding_window: `in any ${per}`,
  }[algorithm];
  const rule = `\`${limit.name}\`: ${format.plural(limit.requests, "request")} per ${per} ${WHOSE[limit.by]}, ${how}.`;
  const change = `${format.count(limit.remaining_before)} left before this request → ${format.count(limit.remaining_after)} after;`;
  const full = `full again in ${format.duration(limit.full_after_ms)}`;
  const state = limit.admitted
    ? `${change} ${full}.`
    : `No room: ${change} room for one more in ${format.duration(limit.retry_after_ms)}, ${full}.`;
  return [rule, state, ...wanting(limit), ...shadowed(limit)];
}

function quotaLines(quota: QuotaFact): string[] {
  const rule = `\`${quota.name}\`: ${format.plural(quota.requests, "request")} per calendar ${quota.per} ${WHOSE[quota.by]}.`;
  const change = `${format.count(quota.used_before)} used before this request → ${format.count(quota.used_after)} after;`;
  const anew = `it begins anew ${format.dateTime(quota.resets_at_us / 1000)}.`;
  return [
    rule,
    `${quota.admitted ? "" : "Used up: "}${change} ${anew}`,
    ...wanting(quota),
    ...shadowed(quota),
  ];
}

function concurrencyLines(limit: ConcurrencyFact): string[] {
  const rule = `\`${limit.name}\`: ${format.plural(limit.requests, "request")} at once ${WHOSE[limit.by]}.`;
  const state = `${format.count(limit.running_before)} were running when this one came.`;
  const how = `${limit.admitted ? "" : "No room: "}${state}`;
  return [rule, how, ...wanting(limit), ...shadowed(limit)];
}

/** That it counted by something else, for want of what it counts by. */
function wanting({ partition }: { partition: string }): string[] {
  return partition.includes("for want of") ? [`Counted as \`${partition}\`.`] : [];
}

function shadowed({ mode, admitted }: { mode?: string; admitted: boolean }): string[] {
  if (mode !== "shadow") return [];
  return [admitted ? SHADOW : `${SHADOW} Otherwise it would have refused this request.`];
}
