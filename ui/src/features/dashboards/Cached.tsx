import { useState } from "react";
import { format, SegmentedControl } from "@/ui/index.ts";
import { Figure } from "./chart/Figure.tsx";
import type { ChartData } from "./chart/series.ts";
import { TimeChart } from "./chart/TimeChart.tsx";
import { showCount } from "./charts.ts";
import type { Usage } from "./queries.ts";
import type { Span } from "./range.ts";

type Shown = "share" | "answers" | "saved";

const TITLE = "Cache";
const KEPT = "cache:hit,revalidated,stale";
const OPTIONS: readonly { value: Shown; label: string }[] = [
  { value: "share", label: "Share" },
  { value: "answers", label: "Answers" },
  { value: "saved", label: "Saved" },
];

interface CachedProps {
  usage: Usage;
  filter: string;
  onZoom: (span: Span) => void;
}

/** 8: whether keeping answers is useful. */
export function Cached({ usage, filter, onZoom }: CachedProps) {
  const [shown, setShown] = useState<Shown>("share");
  const { cache } = usage.total.figures;
  const kept = cache.hits + cache.revalidated + cache.stale;
  const all = kept + cache.misses + cache.bypassed;
  if (all === 0) {
    return (
      <Figure title={TITLE} summary="No request went to a route that keeps answers.">
        <p className="p-4 text-body text-ink-2">
          Let a route keep answers, under Cache, and see here how many it spares the service.
        </p>
      </Figure>
    );
  }
  return (
    <TimeChart
      title={TITLE}
      summary={`${format.count(kept)} of ${format.plural(all, "request")} (${format.percent(kept / all)}) answered with what is kept; ${format.bytes(cache.saved_bytes)} the service did not send.`}
      data={DATA[shown](usage)}
      kind={shown === "share" ? "lines" : "bars"}
      show={shown === "share" ? format.percent : shown === "saved" ? format.bytes : showCount}
      most={shown === "share" ? 1 : undefined}
      filter={filter}
      onZoom={onZoom}
      extra={
        <SegmentedControl
          label="What of the cache"
          value={shown}
          onChange={setShown}
          options={OPTIONS}
        />
      }
    />
  );
}

const base = (usage: Usage) => ({ since: usage.since_us / 1_000_000, step: usage.step_s });

const DATA: Record<Shown, (usage: Usage) => ChartData> = {
  share: (usage) => ({
    ...base(usage),
    series: [
      {
        label: "answered with what is kept",
        color: "chart-2xx",
        values: shareOfKept(usage),
        filter: KEPT,
      },
    ],
  }),
  answers: (usage) => {
    const { cache } = usage.total.points;
    return {
      ...base(usage),
      series: [
        { label: "hit", color: "chart-2xx", values: cache.hits, filter: "cache:hit" },
        {
          label: "revalidated",
          color: "stage-upstream",
          values: cache.revalidated,
          filter: "cache:revalidated",
        },
        { label: "stale", color: "chart-4xx", values: cache.stale, filter: "cache:stale" },
        { label: "miss", color: "chart-3xx", values: cache.misses, filter: "cache:miss" },
        { label: "bypass", color: "stage-limit", values: cache.bypassed, filter: "cache:bypass" },
      ],
    };
  },
  saved: (usage) => ({
    ...base(usage),
    series: [
      {
        label: "not sent by the service",
        color: "chart-2xx",
        values: usage.total.points.cache.saved_bytes,
        filter: KEPT,
      },
    ],
  }),
};

/** `null` where nothing could have been answered so. */
function shareOfKept(usage: Usage): (number | null)[] {
  const { hits, revalidated, stale, misses, bypassed } = usage.total.points.cache;
  return hits.map((hit, at) => {
    const kept = hit + (revalidated[at] ?? 0) + (stale[at] ?? 0);
    const all = kept + (misses[at] ?? 0) + (bypassed[at] ?? 0);
    return all === 0 ? null : kept / all;
  });
}
