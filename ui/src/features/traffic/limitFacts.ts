import type { components } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

type Schemas = components["schemas"];
type LimitFact = Schemas["LimitFact"];
type QuotaFact = Schemas["QuotaFact"];
type ConcurrencyFact = Schemas["ConcurrencyFact"];
export type LimitsFacts = Extract<Schemas["Facts"], { kind: "limits" }>;

/** One limit as it stood for a request, to be drawn and told. */
export interface LimitStood {
  name: string;
  shadow: boolean;
  /** Whether it had no room for the request. */
  full: boolean;
  used: number;
  total: number;
  /** "20 of 20 used". */
  text: string;
  /** Its rule, how it stood, and what else is to be said. */
  sentences: string[];
}

/** The limits a request was counted by; those that had no room for it come first. */
export function limitsStood({ limits, quotas, concurrency }: LimitsFacts): LimitStood[] {
  return [
    ...(concurrency ?? []).map(concurrencyStood),
    ...(quotas ?? []).map(quotaStood),
    ...limits.map(limitStood),
  ].toSorted((a, b) => Number(b.full && !b.shadow) - Number(a.full && !a.shadow));
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

function limitStood(limit: LimitFact): LimitStood {
  const { algorithm = "token_bucket", burst, per, remaining_before, remaining_after } = limit;
  const how = {
    token_bucket: `at most ${format.count(burst)} at once`,
    fixed_window: "in fixed windows",
    sliding_window: `in any ${per}`,
  }[algorithm];
  const rule = `${format.plural(limit.requests, "request")} per ${per} ${WHOSE[limit.by]}, ${how}.`;
  const change = `${format.count(remaining_before)} left before this request → ${format.count(remaining_after)} after;`;
  const full = `full again in ${format.duration(limit.full_after_ms)}`;
  const state = limit.admitted
    ? `${change} ${full}.`
    : `No room: ${change} room for one more in ${format.duration(limit.retry_after_ms)}, ${full}.`;
  return stood(limit, burst - remaining_after, burst, "used", [rule, state]);
}

function quotaStood(quota: QuotaFact): LimitStood {
  const rule = `${format.plural(quota.requests, "request")} per calendar ${quota.per} ${WHOSE[quota.by]}.`;
  const change = `${format.count(quota.used_before)} used before this request → ${format.count(quota.used_after)} after;`;
  const state = `${quota.admitted ? "" : "Used up: "}${change} it begins anew ${format.dateTime(quota.resets_at_us / 1000)}.`;
  return stood(quota, quota.used_after, quota.requests, "used", [rule, state]);
}

function concurrencyStood(limit: ConcurrencyFact): LimitStood {
  const rule = `${format.plural(limit.requests, "request")} at once ${WHOSE[limit.by]}.`;
  const state = `${limit.admitted ? "" : "No room: "}${format.count(limit.running_before)} were running when this one came.`;
  return stood(limit, limit.running_before, limit.requests, "running", [rule, state]);
}

type Fact = Pick<LimitFact, "name" | "mode" | "admitted" | "let_through" | "partition">;

function stood(fact: Fact, used: number, total: number, verb: string, said: string[]): LimitStood {
  const shadow = fact.mode === "shadow";
  return {
    name: fact.name,
    shadow,
    full: !fact.admitted,
    used,
    total,
    text: `${format.count(used)} of ${format.count(total)} ${verb}`,
    sentences: [
      ...said,
      // For want of what it counts by it counted by something else.
      ...(fact.partition.includes("for want of") ? [`Counted as \`${fact.partition}\`.`] : []),
      ...(fact.let_through ? ["A person let this request through, once."] : []),
      ...(shadow && !fact.admitted
        ? ["Shadow only: otherwise it would have refused this request."]
        : []),
    ],
  };
}
