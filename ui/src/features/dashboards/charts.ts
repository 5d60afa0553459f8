import { format } from "@/ui/index.ts";
import type { ChartData, Series } from "./chart/series.ts";
import type { Usage, UsageGroup } from "./queries.ts";

/** What the charts draw of what the gateway counted, and the sentence each is summed up in. */

type Points = UsageGroup["points"];

const base = (usage: Usage) => ({ since: usage.since_us / 1_000_000, step: usage.step_s });

/** 1: requests by what became of them. */
export function byStatus(usage: Usage, points: Points = usage.total.points): ChartData {
  const { outcomes } = points;
  const other4xx = outcomes.caller_error.map((n, at) => n + (outcomes.unauthenticated[at] ?? 0));
  const has1xx = outcomes.informational.some((n) => n > 0);
  const series: Series[] = [
    ...(has1xx
      ? [
          {
            label: "1xx",
            color: "stage-upstream",
            values: outcomes.informational,
            filter: "status:1xx",
          } satisfies Series,
        ]
      : []),
    { label: "2xx", color: "chart-2xx", values: outcomes.success, filter: "status:2xx" },
    { label: "3xx", color: "chart-3xx", values: outcomes.redirect, filter: "status:3xx" },
    { label: "4xx", color: "chart-4xx", values: other4xx, filter: "status:4xx -status:429" },
    { label: "429", color: "chart-429", values: outcomes.limited, filter: "status:429" },
    { label: "5xx", color: "chart-5xx", values: outcomes.server_error, filter: "status:5xx" },
  ];
  return { ...base(usage), series };
}

/** 2: shares of errors, of the service's side and of the caller's. */
export function errorRates(usage: Usage, points: Points = usage.total.points): ChartData {
  const { outcomes } = points;
  const share = (of: (index: number) => number) =>
    outcomes.success.map((_, index) => {
      const all = Object.values(outcomes).reduce((sum, values) => sum + (values[index] ?? 0), 0);
      return all === 0 ? null : of(index) / all;
    });
  const at = (values: readonly number[], index: number) => values[index] ?? 0;
  return {
    ...base(usage),
    series: [
      {
        label: "5xx",
        color: "chart-5xx",
        values: share((index) => at(outcomes.server_error, index)),
        filter: "status:5xx",
      },
      {
        label: "4xx with 401 and 429",
        color: "chart-4xx",
        dash: [5, 3],
        values: share(
          (index) =>
            at(outcomes.caller_error, index) +
            at(outcomes.unauthenticated, index) +
            at(outcomes.limited, index),
        ),
        filter: "status:4xx",
      },
    ],
  };
}

export type Part = "total" | "upstream" | "gateway";

/** 3: percentiles of how long requests took. */
export function latency(
  usage: Usage,
  part: Part = "total",
  points: Points = usage.total.points,
): ChartData {
  const { p50_us, p95_us, p99_us } = points[part];
  return {
    ...base(usage),
    series: [
      { label: "p50", color: "stage-auth", values: p50_us.map(orNull) },
      { label: "p95", color: "stage-upstream", values: p95_us.map(orNull) },
      { label: "p99", color: "stage-connect", values: p99_us.map(orNull) },
    ],
  };
}

const orNull = (value: number | null | undefined) => value ?? null;

export const showUs = (us: number) => format.duration(us / 1000);
export const showCount = (value: number) => format.count(value);

/** Errors of both sides as a share of all. */
export function errorShare({ figures }: UsageGroup): number | null {
  const { requests, outcomes } = figures;
  if (requests === 0) return null;
  return (requests - outcomes.informational - outcomes.success - outcomes.redirect) / requests;
}

export function statusSummary({ figures }: UsageGroup): string {
  const { requests, outcomes } = figures;
  if (requests === 0) return "No requests in this time.";
  const parts = [
    outcomes.server_error > 0 && `${format.count(outcomes.server_error)} with 5xx`,
    outcomes.limited > 0 && `${format.count(outcomes.limited)} with 429`,
    outcomes.unauthenticated > 0 && `${format.count(outcomes.unauthenticated)} with 401`,
  ].filter((part) => part !== false);
  const all = format.plural(requests, "request");
  return parts.length === 0 ? `${all}, none refused or failed.` : `${all}: ${parts.join(", ")}.`;
}

export function errorSummary({ figures }: UsageGroup): string {
  const { requests, outcomes } = figures;
  if (requests === 0) return "No requests in this time.";
  const callers = outcomes.caller_error + outcomes.unauthenticated + outcomes.limited;
  return `${format.percent(outcomes.server_error / requests)} were answered 5xx, ${format.percent(callers / requests)} 4xx.`;
}

export function latencySummary(group: UsageGroup, part: Part): string {
  const { n, p50_us: p50, p95_us: p95, p99_us: p99 } = group.figures[part];
  if (n === 0 || p50 == null || p95 == null || p99 == null) return "Nothing was measured.";
  const few = n < 100 ? "; too few for p99 to say much" : "";
  return `Half within ${showUs(p50)}, 95 % within ${showUs(p95)}, 99 % within ${showUs(p99)}, of ${format.count(n)} measured${few}.`;
}
