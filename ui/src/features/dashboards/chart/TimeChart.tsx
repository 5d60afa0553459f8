import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Button, cx, format } from "@/ui/index.ts";
import { filterFor } from "../links.ts";
import type { Span } from "../range.ts";
import { type ColorToken, useTheme } from "./colors.ts";
import { Figure } from "./Figure.tsx";
import { Plot } from "./Plot.tsx";
import { PointTable } from "./PointTable.tsx";
import type { ChartData, Series } from "./series.ts";

interface TimeChartProps {
  title: string;
  summary: string;
  data: ChartData;
  kind: "bars" | "lines";
  show: (value: number) => string;
  /** What the rows of all marks have in common. */
  filter: string;
  /** Offers an axis by doublings. */
  withLog?: boolean;
  /** The highest value of the axis, to be like that of other charts. */
  most?: number | undefined;
  /** Controls beside the title. */
  extra?: ReactNode;
  onZoom: (span: Span) => void;
}

/** Lines or stacked bars over time; every mark leads to its rows in the log. */
export function TimeChart(props: TimeChartProps) {
  const { title, summary, data, kind, show, filter, withLog = false, most, extra, onZoom } = props;
  const [at, setAt] = useState<number | null>(null);
  const [log, setLog] = useState(false);
  const theme = useTheme();
  const navigate = useNavigate();
  const rows = (terms: readonly (string | undefined)[], span: Span) =>
    void navigate({ to: "/traffic", search: { q: filterFor([filter, ...terms], span) } });
  const open = (index: number, part: Series | null) => {
    const from = data.since + index * data.step;
    rows([part?.filter], { from, to: from + data.step });
  };
  return (
    <Figure
      title={title}
      summary={summary}
      table={
        <PointTable label={`${title}, point by point`} data={data} show={show} filter={filter} />
      }
      actions={
        <>
          {extra}
          {withLog && (
            <Button size="sm" variant="ghost" aria-pressed={log} onClick={() => setLog(!log)}>
              {log ? "Linear axis" : "Log axis"}
            </Button>
          )}
        </>
      }
    >
      <Plot
        key={`${theme} ${kind} ${log} ${data.series.map((series) => series.label).join()}`}
        label={title}
        data={data}
        kind={kind}
        log={log}
        most={most}
        show={show}
        onPoint={setAt}
        onOpen={open}
        onBrush={(span, wantsRows) => (wantsRows ? rows([], span) : onZoom(span))}
      />
      <Legend data={data} at={at} show={show} />
    </Figure>
  );
}

/** What each colour stands for, with its value at the cursor. */
function Legend({ data, at, show }: Pick<TimeChartProps, "data" | "show"> & { at: number | null }) {
  return (
    <div className="flex min-h-5 flex-wrap items-center gap-x-3 gap-y-0.5 pl-1 text-small text-ink-2">
      {data.series.map((series) => {
        const value = at === null ? undefined : series.values[at];
        return (
          <span key={series.label} className="inline-flex items-center gap-1.5">
            <Swatch token={series.color} dashed={series.dash !== undefined} />
            {series.label}
            {value !== null && value !== undefined && (
              <span className="font-medium text-ink tabular-nums">{show(value)}</span>
            )}
          </span>
        );
      })}
      {at !== null && (
        <span className="ml-auto text-ink-3 tabular-nums">
          {format.time((data.since + at * data.step) * 1000)}
        </span>
      )}
    </div>
  );
}

/** Written out, so that the stylesheet holds them. */
const BACKGROUNDS: Partial<Record<ColorToken, string>> = {
  "chart-2xx": "bg-chart-2xx",
  "chart-3xx": "bg-chart-3xx",
  "chart-4xx": "bg-chart-4xx",
  "chart-429": "bg-chart-429",
  "chart-5xx": "bg-chart-5xx",
  "stage-upstream": "bg-stage-upstream",
  "stage-connect": "bg-stage-connect",
  "stage-auth": "bg-stage-auth",
  "stage-limit": "bg-stage-limit",
  "stage-match": "bg-stage-match",
};

export function Swatch({ token, dashed = false }: { token: ColorToken; dashed?: boolean }) {
  return (
    <span
      aria-hidden="true"
      className={cx("inline-block w-3 rounded-[1px]", dashed ? "h-0.5" : "h-2", BACKGROUNDS[token])}
    />
  );
}
