import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { Banner, format, Select, Skeleton } from "@/ui/index.ts";
import {
  byStatus,
  errorRates,
  errorSummary,
  latency,
  latencySummary,
  showCount,
  showUs,
  statusSummary,
} from "./charts.ts";
import { TimeChart } from "./chart/TimeChart.tsx";
import { exactly } from "./links.ts";
import { useUsage } from "./queries.ts";
import { Quotas } from "./Quotas.tsx";
import { look, RANGES, type Span } from "./range.ts";

/** Points of a series, in a narrow place. */
const POINTS = 90;
const USUAL = "24h";

/** How one key was used: requests, errors, what limits stopped, latency, and how its quota goes. */
export function KeyUsage({ id, name }: { id: string; name: string }) {
  const [range, setRange] = useState(USUAL);
  const navigate = useNavigate();
  const wanted = { seen: look(range), key: id, callersOnly: false };
  const { data, error } = useUsage(wanted, { points: POINTS }, false);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  const filter = exactly("key", name) ?? "";
  const closer = ({ from, to }: Span) =>
    void navigate({ to: "/dashboards", search: { key: id, from, to, replays: "yes" } });
  return (
    <div className="flex flex-col gap-3">
      <Select
        label="Time of the charts"
        hideLabel
        narrow
        className="self-start"
        value={range}
        onChange={setRange}
        options={RANGES.map((one) => ({ value: one.id, label: `Last ${one.label}` }))}
      />
      <TimeChart
        title="Requests and 429"
        summary={statusSummary(data.total)}
        data={byStatus(data)}
        kind="bars"
        show={showCount}
        filter={filter}
        onZoom={closer}
      />
      <TimeChart
        title="Errors"
        summary={errorSummary(data.total)}
        data={errorRates(data)}
        kind="lines"
        show={format.percent}
        filter={filter}
        onZoom={closer}
      />
      <TimeChart
        title="Latency"
        summary={latencySummary(data.total, "total")}
        data={latency(data, "total")}
        kind="lines"
        show={showUs}
        withLog
        filter={filter}
        onZoom={closer}
      />
      <Quotas wanted={id} onZoom={closer} />
    </div>
  );
}
