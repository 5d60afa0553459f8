import { useState } from "react";
import { format, Select } from "@/ui/index.ts";
import { Figure } from "./chart/Figure.tsx";
import type { ChartData } from "./chart/series.ts";
import { TimeChart } from "./chart/TimeChart.tsx";
import { showCount } from "./charts.ts";
import { exactly } from "./links.ts";
import { type QuotaBurn, useQuotas } from "./queries.ts";
import type { Span } from "./range.ts";

const OWNERS: Record<string, string> = { gateway: "all routes", plan: "plan", route: "route" };

/** 6: whether a key will run out before its quota begins anew. */
export function Quotas({
  wanted,
  onZoom,
}: {
  wanted: string | undefined;
  onZoom: (span: Span) => void;
}) {
  const { data } = useQuotas(wanted);
  const [chosen, setChosen] = useState("0");
  const burns = (data ?? []).filter(({ left }) => left.length > 0);
  const burn = burns[Number(chosen)] ?? burns[0];
  if (!burn) {
    return (
      <Figure
        title="Quota burn-down"
        summary={data ? "No key that called lately has a quota." : "Looking at quotas…"}
      >
        <p className="p-4 text-body text-ink-2">
          Give a route, a version or a plan a quota, and see here when it will be used up.
        </p>
      </Figure>
    );
  }
  const options = burns.map((one, index) => ({
    value: String(index),
    label: `${one.key_name}: ${one.quota.name}`,
    hint: `${whereOf(one)}, ${format.percent(one.quota.used_after / Math.max(1, one.quota.requests))} used`,
  }));
  return (
    <TimeChart
      title="Quota burn-down"
      summary={summary(burn)}
      data={burnData(burn)}
      kind="lines"
      show={showCount}
      filter={[exactly("key", burn.key_name), routeOf(burn)].filter(Boolean).join(" ")}
      onZoom={onZoom}
      extra={
        burns.length > 1 && (
          <Select
            label="Key and quota"
            hideLabel
            narrow
            value={burns[Number(chosen)] ? chosen : "0"}
            onChange={setChosen}
            options={options}
          />
        )
      }
    />
  );
}

function whereOf({ quota }: QuotaBurn): string {
  const owner = quota.owner;
  if (!owner) return "somewhere";
  const name = "route" in owner ? owner.route : "plan" in owner ? owner.plan : "";
  return `${OWNERS[owner.kind] ?? owner.kind} ${name}`.trim();
}

function routeOf({ quota }: QuotaBurn): string | undefined {
  return quota.owner && "route" in quota.owner ? exactly("route", quota.owner.route) : undefined;
}

function summary(burn: QuotaBurn): string {
  const { quota, key_name: key, runs_out_at_us: out } = burn;
  const left = Math.max(0, quota.requests - quota.used_after);
  const of = `${key} has ${format.count(left)} of ${format.count(quota.requests)} left of "${quota.name}"`;
  const anew = `it begins anew ${format.time(quota.resets_at_us / 1000)}`;
  if (left === 0) return `${of}; ${anew}.`;
  if (out != null)
    return `${of} and runs out about ${format.time(out / 1000)} if it goes on like this; ${anew}.`;
  return `${of}; at this pace it lasts until ${format.time(quota.resets_at_us / 1000)}.`;
}

/** What was left, an even pace, and how it goes on, until the quota begins anew. */
export function burnData(burn: QuotaBurn): ChartData {
  const since = burn.since_us / 1_000_000;
  const { step_s: step, left, quota } = burn;
  const count = Math.max(left.length, Math.ceil((quota.resets_at_us / 1_000_000 - since) / step));
  const at = Array.from({ length: count }, (_, index) => index);
  const now = left.length - 1;
  const perStep = ((burn.per_hour ?? 0) * step) / 3600;
  const rest = left[now] ?? 0;
  return {
    since,
    step,
    series: [
      { label: "left", color: "stage-upstream", values: at.map((index) => left[index] ?? null) },
      {
        label: "even pace",
        color: "stage-match",
        dash: [6, 4],
        values: at.map((index) => Math.round(quota.requests * (1 - (index + 1) / count))),
      },
      {
        label: "as lately",
        color: "stage-connect",
        dash: [2, 3],
        values: at.map((index) =>
          index < now ? null : Math.max(0, Math.round(rest - perStep * (index - now))),
        ),
      },
    ],
  };
}
