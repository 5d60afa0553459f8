import {
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
} from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { format } from "@/ui/index.ts";
import { color } from "./colors.ts";
import { alone, moved, partAt, type Series, type ChartData, stacked, times } from "./series.ts";
import type { Span } from "../range.ts";

export interface PlotProps {
  /** What is drawn, for a screen reader. */
  label: string;
  data: ChartData;
  /** Bars are stacked, the first series lowest. */
  kind: "bars" | "lines";
  /** Each doubling as high as the other. */
  log?: boolean;
  /** The highest value of the axis; what is drawn says, unless told. */
  most?: number | undefined;
  /** A value with its unit. */
  show: (value: number) => string;
  /** The point under the cursor, which all charts share. */
  onPoint: (index: number | null) => void;
  /** A person wants the rows of a point, or of one part of it. */
  onOpen: (index: number, part: Series | null) => void;
  /** A person marked a stretch; with Shift, its rows are wanted. */
  onBrush: (span: Span, rows: boolean) => void;
}

const HEIGHT = 180;
const FOLLOWED = new Set(["mousemove", "mouseleave"]);
/** Fewer pixels than this are a click and no brush. */
const CLICK_PX = 4;

/**
 * uPlot for time series: one canvas, one cursor over all charts, moved by pointer or arrows. What it
 * cannot say (it is a picture) is said by `Figure`, which shows the same as a table. What is drawn how
 * is read once: give it a `key` of series, kind and theme.
 */
export function Plot(props: PlotProps) {
  const { label, data, kind, log = false, most, show, onPoint, onOpen, onBrush } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);

  const made = useEffectEvent((width: number) =>
    options({
      width,
      data,
      kind,
      log,
      most: () => most,
      show: (value) => show(value),
      onIndex: (index) => {
        setAt(index);
        onPoint(index);
      },
      onBrush: (span, rows) => onBrush(span, rows),
    }),
  );
  const drawn = useEffectEvent(() => table(data, kind, log));

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const chart = new uPlot(made(element.clientWidth || 400), drawn(), element);
    plot.current = chart;
    const resized = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== chart.width) chart.setSize({ width, height: HEIGHT });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    const [chart, element] = [plot.current, host.current];
    if (!chart || !element) return;
    // A repaint costs: none out of sight.
    const seen = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      chart.setData(table(data, kind, log));
      seen.disconnect();
    });
    seen.observe(element);
    return () => seen.disconnect();
  }, [data, kind, log]);

  const count = Math.max(0, ...data.series.map(({ values }) => values.length));
  const moveTo = (index: number) => {
    const chart = plot.current;
    if (!chart) return;
    const left = chart.valToPos(data.since + (index + 0.5) * data.step, "x");
    chart.setCursor({ left, top: HEIGHT / 3 });
    setAt(index);
    onPoint(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(at, event.key, count);
    if (next !== null) moveTo(next);
    else if (event.key === "Enter" && at !== null) onOpen(at, null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const pressed = useRef(0);
  const onClick = (event: MouseEvent) => {
    const chart = plot.current;
    if (!chart || Math.abs(event.clientX - pressed.current) >= CLICK_PX) return;
    const index = chart.cursor.idx;
    if (index === null || index === undefined) return;
    const height = chart.posToVal(chart.cursor.top ?? 0, "y");
    onOpen(index, kind === "bars" ? partAt(data.series, index, height) : null);
  };
  return (
    // It is a slider over the points: arrows move, the value is read out, Enter opens.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      ref={host}
      role="slider"
      tabIndex={0}
      aria-label={`${label}, point in time`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, count - 1)}
      aria-valuenow={at ?? 0}
      aria-valuetext={at === null ? "no point chosen" : said(data, at, show)}
      onKeyDown={onKeyDown}
      onMouseDown={(event) => {
        pressed.current = event.clientX;
      }}
      onClick={onClick}
      className="min-w-0 cursor-crosshair rounded-control"
      style={{ height: HEIGHT }}
    />
  );
}

/** A point in words. */
export function said({ since, step, series }: ChartData, index: number, show: PlotProps["show"]) {
  const parts = series.flatMap(({ label, values }) => {
    const value = values[index];
    return value === null || value === undefined ? [] : [`${label} ${show(value)}`];
  });
  return `${format.time((since + index * step) * 1000)}: ${parts.join(", ") || "nothing"}`;
}

function table(data: ChartData, kind: PlotProps["kind"], log: boolean): uPlot.AlignedData {
  const columns =
    kind === "bars"
      ? stacked(data.series).toReversed()
      : data.series.map(({ values }) =>
          // A logarithm has no zero.
          values.map((value) => (log && value === 0 ? null : value)),
        );
  return [times(data), ...columns];
}

interface Made extends Pick<PlotProps, "data" | "kind" | "show" | "onBrush"> {
  width: number;
  log: boolean;
  most: () => number | undefined;
  onIndex: (index: number | null) => void;
}

function options({ width, data, kind, log, most, show, onIndex, onBrush }: Made): uPlot.Options {
  const axis = { stroke: color("ink-3"), font: '11px "Inter Variable", system-ui, sans-serif' };
  const lines = { stroke: color("line-subtle"), width: 1 };
  const order = kind === "bars" ? data.series.toReversed() : data.series;
  let rows = false;
  return {
    width,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    series: [{}, ...order.map((series) => drawnAs(series, kind))],
    scales: {
      // A bar begins with its point and ends before the next.
      x: { time: true, range: (chart) => bounds(chart) },
      y: log
        ? { distr: 3, log: 10 }
        : {
            range: (_, __, drawn) => {
              const highest = Math.max(most() ?? 0, drawn);
              return [0, highest > 0 ? highest * 1.08 : 1];
            },
          },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        ticks: { ...lines, size: 4 },
        size: 28,
        space: 72,
        values: (chart, splits) => splits.map((at) => tick(at, chart)),
      },
      {
        ...axis,
        grid: lines,
        ticks: { show: false },
        size: 58,
        space: 32,
        values: (_, splits) => splits.map((value) => (value === null ? "" : show(value))),
      },
    ],
    cursor: {
      sync: {
        key: "dashboards",
        setSeries: false,
        // The others follow the cursor; what is marked here is marked here.
        filters: { pub: (type) => FOLLOWED.has(type), sub: (type) => FOLLOWED.has(type) },
      },
      // What is a click is decided below by how far the pointer went.
      drag: { x: true, y: false, setScale: false, click: () => undefined },
      points: { show: kind === "lines" },
      bind: {
        mousedown: (_, __, handler) => (event) => {
          rows = event.shiftKey;
          handler(event);
          return null;
        },
      },
    },
    hooks: {
      setCursor: [(chart) => onIndex(chart.cursor.idx ?? null)],
      setSelect: [
        (chart) => {
          const { left, width: marked } = chart.select;
          if (marked < CLICK_PX) return;
          const from = Math.floor(chart.posToVal(left, "x"));
          const to = Math.max(from + 1, Math.ceil(chart.posToVal(left + marked, "x")));
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onBrush({ from, to }, rows);
        },
      ],
    },
  };
}

function drawnAs(series: Series, kind: PlotProps["kind"]): uPlot.Series {
  const shade = color(series.color);
  // A bar goes from its point to just before the next.
  const paths = uPlot.paths.bars?.({ size: [0.86, 80], align: 1 });
  return {
    label: series.label,
    stroke: shade,
    points:
      kind === "bars"
        ? { show: false }
        : { size: 5, show: true, filter: (chart, at) => alone(chart.data[at] ?? []) },
    width: kind === "bars" ? 0 : 1.75,
    spanGaps: false,
    dash: [...(series.dash ?? [])],
    ...(kind === "bars" && paths && { fill: shade, paths }),
  };
}

function bounds(chart: uPlot): [number, number] {
  const [first, last, length] = [chart.data[0][0], chart.data[0].at(-1), chart.data[0].length];
  if (first === undefined || last === undefined) return [0, 1];
  const step = length > 1 ? (last - first) / (length - 1) : 60;
  return [first, last + step];
}

function tick(at: number, chart: uPlot): string {
  const [first, last] = bounds(chart);
  return axisTime(at, last - first);
}

/** A moment on an axis that is so many seconds long. */
export function axisTime(at: number, length: number): string {
  const date = new Date(at * 1000);
  if (length > 3 * 86_400) return format.day(at * 1000);
  const text = format.clock(date);
  return length < 900 ? text : text.slice(0, 5);
}
