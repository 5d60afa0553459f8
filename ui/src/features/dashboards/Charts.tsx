import { useState } from "react";
import { cx, EmptyState, format, SegmentedControl } from "@/ui/index.ts";
import {
  byStatus,
  errorRates,
  errorShare,
  errorSummary,
  latency,
  latencySummary,
  type Part,
  showCount,
  showUs,
  statusSummary,
} from "./charts.ts";
import { TimeChart } from "./chart/TimeChart.tsx";
import { Cached } from "./Cached.tsx";
import { Callers } from "./Callers.tsx";
import { Heatmap } from "./Heatmap.tsx";
import { exactly, whose } from "./links.ts";
import { StoppedKeys, Targets, TopRoutes } from "./Lists.tsx";
import { type Usage, useKeyChoices, useUsage, type Wanted } from "./queries.ts";
import { Quotas } from "./Quotas.tsx";
import type { Look, Span } from "./range.ts";
import { CompareVersions, OldVersions } from "./Versions.tsx";
import { WeekHeatmap } from "./WeekHeatmap.tsx";

const HOURS = 28 * 24;
const FOUR_WEEKS: Look = { kind: "last", range: { id: "28d", label: "", seconds: HOURS * 3600 } };
const PARTS: readonly { value: Part; label: string }[] = [
  { value: "total", label: "Total" },
  { value: "upstream", label: "Upstream" },
  { value: "gateway", label: "Gateway" },
];

interface ChartsProps {
  /** By route. */
  usage: Usage;
  wanted: Wanted;
  held: boolean;
  onZoom: (span: Span) => void;
}

/** All charts; they share time, filter and cursor. */
export function Charts({ usage, wanted, held, onZoom }: ChartsProps) {
  const [part, setPart] = useState<Part>("total");
  const keys = useKeyChoices().data?.rows ?? [];
  const byKey = useUsage(wanted, { by: "key", points: 1, top: 100 }, held).data;
  const byTarget = useUsage(wanted, { by: "target", points: 60, top: 12 }, held).data;
  const byVersion = useUsage(wanted, { by: "version", points: 80, top: 5 }, held).data;
  const weeks = useUsage(
    { ...wanted, seen: FOUR_WEEKS },
    { step_s: 3600, points: HOURS + 1 },
    held,
  ).data;
  const keyName = keys.find(({ key }) => key.id === wanted.key)?.key.name;
  const filter = [
    exactly("key", keyName),
    wanted.consumer !== undefined && whose("consumer", wanted.consumer),
    wanted.plan !== undefined && whose("plan", wanted.plan),
    exactly("route", wanted.route),
    exactly("version", wanted.version),
    wanted.callersOnly && "-is:replayed -is:refresh",
  ]
    .filter(Boolean)
    .join(" ");
  const total = usage.total;
  return (
    <div className="@container flex flex-col gap-3 p-3">
      <Tiles usage={usage} callersOnly={wanted.callersOnly} />
      {total.figures.requests === 0 && total.last_us == null ? (
        <EmptyState title="Nothing was counted yet">
          Send a request through the gateway, and it is counted here a moment after it ended.
        </EmptyState>
      ) : (
        <div className="grid grid-cols-[repeat(auto-fit,minmax(min(430px,100%),1fr))] gap-3">
          <TimeChart
            title="Requests by status"
            summary={statusSummary(total)}
            data={byStatus(usage)}
            kind="bars"
            show={showCount}
            filter={filter}
            onZoom={onZoom}
          />
          <TimeChart
            title="Error rate"
            summary={errorSummary(total)}
            data={errorRates(usage)}
            kind="lines"
            show={format.percent}
            filter={filter}
            onZoom={onZoom}
          />
          <TimeChart
            title="Latency"
            summary={latencySummary(total, part)}
            data={latency(usage, part)}
            kind="lines"
            show={showUs}
            withLog
            filter={filter}
            onZoom={onZoom}
            extra={
              <SegmentedControl
                label="Whose time"
                value={part}
                onChange={setPart}
                options={PARTS}
              />
            }
          />
          <Heatmap usage={usage} filter={filter} />
          <Cached usage={usage} filter={filter} onZoom={onZoom} />
          <Quotas wanted={wanted.key} onZoom={onZoom} />
          {byKey && <StoppedKeys usage={byKey} filter={filter} />}
          <TopRoutes usage={usage} filter={filter} />
          <Callers wanted={wanted} filter={filter} held={held} />
          {byTarget && <Targets usage={byTarget} filter={filter} />}
          <OldVersions />
          {byVersion && <CompareVersions usage={byVersion} filter={filter} onZoom={onZoom} />}
          {weeks && <WeekHeatmap usage={weeks} filter={filter} />}
        </div>
      )}
    </div>
  );
}

/** The sums of the whole time, as numbers. */
function Tiles({ usage, callersOnly }: { usage: Usage; callersOnly: boolean }) {
  const { figures } = usage.total;
  const seconds = (usage.until_us - usage.since_us) / 1_000_000;
  const { total } = figures;
  const errors = errorShare(usage.total);
  const tiles = [
    {
      name: "Requests",
      value: format.count(figures.requests),
      more: pace(figures.requests, seconds),
    },
    {
      name: "Errors",
      value: errors === null ? "–" : format.percent(errors),
      more: `4xx and 5xx; ${format.count(figures.outcomes.server_error)} with 5xx`,
    },
    {
      name: "Stopped",
      value: format.count(figures.outcomes.limited),
      more: `by limits; ${format.count(figures.outcomes.unauthenticated)} with 401`,
    },
    {
      name: "p95",
      value: total.p95_us == null ? "–" : showUs(total.p95_us),
      more: total.n < 100 ? `of ${format.count(total.n)}: few` : `of ${format.count(total.n)}`,
      faint: total.n < 100,
    },
    {
      name: "p99",
      value: total.p99_us == null ? "–" : showUs(total.p99_us),
      more: `longest ${total.longest_us == null ? "–" : showUs(total.longest_us)}`,
      faint: total.n < 100,
    },
    {
      name: "Sent back",
      value: format.bytes(figures.response_bytes),
      more: `${format.bytes(figures.request_bytes)} taken in`,
    },
  ];
  return (
    <dl
      aria-label={`Sums, ${callersOnly ? "without" : "with"} replayed requests`}
      className="grid grid-cols-2 @xl:grid-cols-3 @4xl:grid-cols-6 gap-px overflow-hidden rounded-card border border-line-subtle bg-line-subtle"
    >
      {tiles.map(({ name, value, more, faint }) => (
        <div key={name} className="flex flex-col bg-surface px-3 py-2">
          <dt className="text-small text-ink-2">{name}</dt>
          <dd className={cx("text-display tabular-nums", faint && "text-ink-3")}>{value}</dd>
          <dd className="text-small text-ink-3 tabular-nums">{more}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How many in which time, so that it is no "0/s". */
function pace(requests: number, seconds: number): string {
  const perSecond = requests / Math.max(1, seconds);
  if (perSecond >= 0.1) return format.rate(perSecond);
  return perSecond * 3600 >= 1
    ? `${format.count(perSecond * 3600)} an hour`
    : `${format.count(perSecond * 86_400)} a day`;
}
