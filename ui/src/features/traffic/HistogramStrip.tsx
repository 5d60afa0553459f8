import { ChevronDown } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { type Class, CLASSES, type Strip, totalOf } from "@/live/liveHistogram.ts";
import { Button, cx, format, Menu } from "@/ui/index.ts";
import { RANGES, type Range, type RangeId } from "./useHistogram.ts";

/** A stretch of time; an end that is `null` is open. In microseconds since 1970. */
export interface Stretch {
  sinceUs: number | null;
  untilUs: number | null;
}

interface HistogramStripProps {
  strip: Strip | null;
  /** Whether what is shown is of another filter, since this one is still being counted. */
  stale: boolean;
  range: Range;
  onRange: (id: RangeId) => void;
  /** What the filter is bound to. */
  bound: Stretch;
  onBound: (bound: Stretch) => void;
  /** Opens fields for the bounds. */
  onFields: () => void;
  /** Someone began or ended to drag: meanwhile nothing should move. */
  onDragging: (dragging: boolean) => void;
}

const FILL: Record<Class, string> = {
  ok: "fill-chart-2xx",
  redirected: "fill-chart-3xx",
  other: "fill-chart-3xx",
  refused: "fill-chart-4xx",
  failed: "fill-chart-5xx",
};
const WORD: Record<Class, string> = {
  ok: "2xx",
  redirected: "3xx",
  other: "other",
  refused: "4xx",
  failed: "5xx",
};

/** Requests over time by class of status. A stretch of it bounds the filter: by drag or by keys. */
export function HistogramStrip(props: HistogramStripProps) {
  const { strip, stale, range, onRange, bound, onBound, onFields } = props;
  const [hovered, setHovered] = useState<number | null>(null);
  const isBound = bound.sinceUs !== null || bound.untilUs !== null;
  return (
    <section
      aria-label="Requests over time"
      className="flex h-14 shrink-0 border-b border-line-subtle max-sm:h-auto max-sm:flex-col"
    >
      <div className="relative min-w-0 flex-1 px-3 max-sm:h-12 max-sm:flex-none">
        {strip && <Plot {...props} strip={strip} onHover={setHovered} />}
      </div>
      <div className="flex w-60 shrink-0 flex-col justify-center gap-0.5 overflow-hidden border-l border-line-subtle px-2 text-small text-ink-2 max-sm:w-full max-sm:border-l-0">
        <div className="flex items-center gap-1">
          <span className="truncate tabular-nums" data-testid="matching">
            {strip && !stale ? counted(strip, bound) : "Counting…"}
          </span>
          <span className="ml-auto flex">
            <Menu
              align="end"
              trigger={
                <Button size="sm" variant="ghost">
                  {range.label}
                  <ChevronDown size={12} aria-hidden="true" />
                </Button>
              }
              items={[
                ...RANGES.map(({ id, label }) => ({
                  label,
                  checked: id === range.id,
                  onSelect: () => onRange(id),
                })),
                "separator" as const,
                { label: "Since and until…", onSelect: onFields },
                {
                  label: "Any time",
                  disabledReason: isBound ? undefined : "The filter is not bound to a time.",
                  onSelect: () => onBound({ sinceUs: null, untilUs: null }),
                },
              ]}
            />
          </span>
        </div>
        <div className="truncate text-ink-3 tabular-nums">
          {strip && !stale && (hovered === null ? highest(strip) : said(strip, hovered))}
        </div>
      </div>
    </section>
  );
}

/** How many requests there are, within the bounds if there are any. */
function counted(strip: Strip, { sinceUs, untilUs }: Stretch): string {
  const within = strip.bins.reduce((sum, bin, at) => {
    const begins = strip.fromUs + at * strip.binUs;
    const before = sinceUs !== null && begins + strip.binUs <= sinceUs;
    const after = untilUs !== null && begins >= untilUs;
    return before || after ? sum : sum + totalOf(bin);
  }, 0);
  return `${strip.partial ? "more than " : ""}${format.plural(within, "request")}`;
}

/** How high the highest bar is. */
function highest(strip: Strip): string {
  const most = Math.max(...strip.bins.map(totalOf));
  return `up to ${format.count(most)} in ${format.duration(strip.binUs / 1000)}`;
}

/** What a bin holds, in words. */
function said(strip: Strip, at: number): string {
  const bin = strip.bins[at];
  if (!bin) return "";
  const parts = CLASSES.filter((one) => bin[one] > 0).map(
    (one) => `${format.count(bin[one])} ${WORD[one]}`,
  );
  const when = format.time((strip.fromUs + at * strip.binUs) / 1000);
  return `${when} · ${parts.length === 0 ? "none" : parts.join(", ")}`;
}

/** Between which bins someone drags. */
interface Drag {
  from: number;
  to: number;
}

function Plot(props: HistogramStripProps & { strip: Strip; onHover: (at: number | null) => void }) {
  const { strip, stale, bound, onBound, onHover, onDragging } = props;
  const plot = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  // What the next event of the pointer needs, whether or not it was drawn by then.
  const dragged = useRef<Drag | null>(null);
  const { bins, fromUs, binUs } = strip;
  const count = bins.length;
  const edge = (us: number | null, open: number) =>
    us === null ? open : Math.min(Math.max((us - fromUs) / binUs, 0), count);
  const chosen = drag
    ? { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) + 1 }
    : { from: edge(bound.sinceUs, 0), to: edge(bound.untilUs, count) };
  const isBound = drag !== null || bound.sinceUs !== null || bound.untilUs !== null;
  const us = (at: number) => fromUs + Math.round(at) * binUs;

  const binAt = (event: PointerEvent) => {
    const box = plot.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    const at = Math.floor(((event.clientX - box.left) / box.width) * count);
    return Math.min(Math.max(at, 0), count - 1);
  };
  const dragTo = (next: Drag | null) => {
    dragged.current = next;
    setDrag(next);
  };
  const end = () => {
    dragTo(null);
    onDragging(false);
  };
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = binAt(event);
    dragTo({ from: at, to: at });
    onDragging(true);
  };
  const onPointerMove = (event: PointerEvent) => {
    const at = binAt(event);
    onHover(at);
    if (dragged.current) dragTo({ ...dragged.current, to: at });
  };
  const onPointerUp = () => {
    const done = dragged.current;
    if (!done) return;
    const [first, last] = [Math.min(done.from, done.to), Math.max(done.from, done.to)];
    onBound({ sinceUs: us(first), untilUs: us(last + 1) });
    end();
  };

  const most = Math.max(1, ...bins.map(totalOf));
  return (
    <>
      <div
        ref={plot}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={end}
        onPointerLeave={() => onHover(null)}
        className="absolute inset-x-3 top-1 bottom-4 cursor-crosshair touch-none select-none"
      >
        <svg
          aria-hidden="true"
          viewBox={`0 0 ${count} 100`}
          preserveAspectRatio="none"
          className={cx("block h-full w-full", stale && "opacity-40")}
        >
          {bins.map((bin, at) => (
            // Bins keep their place while they count on.
            // oxlint-disable-next-line no-array-index-key
            <Bar key={at} bin={bin} at={at} most={most} />
          ))}
        </svg>
        {isBound && (
          <>
            <div
              className="pointer-events-none absolute inset-y-0 left-0 bg-canvas/70"
              style={{ width: percent(chosen.from, count) }}
            />
            <div
              className="pointer-events-none absolute inset-y-0 right-0 bg-canvas/70"
              style={{ width: percent(count - chosen.to, count) }}
            />
          </>
        )}
        <div className="pointer-events-none absolute inset-x-0 bottom-0 h-px bg-line" />
      </div>
      <Handle
        label="Since"
        at={chosen.from}
        least={0}
        most={chosen.to - 1}
        strip={strip}
        bound={bound.sinceUs !== null}
        onMove={(at) => onBound({ ...bound, sinceUs: at === null ? null : us(at) })}
      />
      <Handle
        label="Until"
        at={chosen.to}
        least={chosen.from + 1}
        most={count}
        strip={strip}
        bound={bound.untilUs !== null}
        onMove={(at) => onBound({ ...bound, untilUs: at === null ? null : us(at) })}
      />
      <div
        aria-hidden="true"
        className="absolute inset-x-3 bottom-0 flex h-4 justify-between text-[11px] leading-4 text-ink-3 tabular-nums"
      >
        <span>{format.time(fromUs / 1000)}</span>
        <span>{format.time((fromUs + (count * binUs) / 2) / 1000)}</span>
        <span>{format.time((fromUs + count * binUs) / 1000)}</span>
      </div>
    </>
  );
}

/** One bin, its classes stacked. Whatever there is can be seen. */
function Bar({ bin, at, most }: { bin: Strip["bins"][number]; at: number; most: number }) {
  const total = totalOf(bin);
  if (total === 0) return null;
  const height = Math.max((total / most) * 100, 6);
  let y = 100;
  return CLASSES.filter((one) => bin[one] > 0).map((one) => {
    const part = (bin[one] / total) * height;
    y -= part;
    return <rect key={one} x={at + 0.1} y={y} width={0.8} height={part} className={FILL[one]} />;
  });
}

interface HandleProps {
  label: string;
  at: number;
  least: number;
  most: number;
  strip: Strip;
  /** Whether the filter is bound on this side. */
  bound: boolean;
  /** `null`: not bound any more. */
  onMove: (at: number | null) => void;
}

/** An end of the stretch that the filter is bound to, for the keyboard. */
function Handle({ label, at, least, most, strip, bound, onMove }: HandleProps) {
  const count = strip.bins.length;
  const to = (next: number) => onMove(Math.min(Math.max(Math.round(next), least), most));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.shiftKey ? 10 : 1;
    if (event.key === "ArrowLeft" || event.key === "ArrowDown") to(at - step);
    else if (event.key === "ArrowRight" || event.key === "ArrowUp") to(at + step);
    else if (event.key === "PageDown") to(at - 10);
    else if (event.key === "PageUp") to(at + 10);
    else if (event.key === "Home") to(least);
    else if (event.key === "End") to(most);
    else if (event.key === "Delete" || event.key === "Backspace") onMove(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={`${label}, on the strip`}
      aria-valuemin={0}
      aria-valuemax={count}
      aria-valuenow={Math.round(at)}
      aria-valuetext={bound ? format.time((strip.fromUs + at * strip.binUs) / 1000) : "not bound"}
      onKeyDown={onKeyDown}
      style={{ left: `calc(12px + (100% - 24px) * ${at / count})` }}
      className="group pointer-events-none absolute top-0 bottom-4 flex w-6 -translate-x-1/2 justify-center outline-none"
    >
      <div
        className={cx(
          "h-full w-0.5 group-focus-visible:w-1 group-focus-visible:bg-focus",
          bound && "bg-accent",
        )}
      />
    </div>
  );
}

const percent = (part: number, of: number) => `${(part / of) * 100}%`;
