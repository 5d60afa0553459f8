import "@/live/log.css";
import {
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { fitting, type LogColumn, tracksOf } from "@/live/columns.ts";
import type { Exchange } from "@/live/exchange.ts";
import { type LiveLog, MOST_SLOTS, type Sort } from "@/live/liveLog.ts";
import { PaintClock } from "@/live/paintClock.ts";
import { RowPool } from "@/live/rowPool.ts";
import { useRowHeight, useStore } from "@/ui/index.ts";

interface LogGridProps {
  log: LiveLog;
  /** The columns to show, as far as there is room. */
  chosen: readonly LogColumn[];
  /** The id of the request whose detail is open. */
  selected: string | null;
  /** A row became the one to look at: by press, or by key while a detail is open. */
  onSelect: (id: string) => void;
  /** Adds `key:value` to the filter, or excludes it. */
  onTerm: (key: string, value: string, exclude: boolean) => void;
  /** Called when the machine cannot keep up and less is painted, and when it can again. */
  onSlowed: (slowed: boolean) => void;
}

/**
 * The rows of the live log. React makes the frame; the rows in it are written by hand, ten times a
 * second at most. One tab stop: arrows move from row to row, Left and Right from cell to cell.
 */
export function LogGrid({ log, chosen, selected, onSelect, onTerm, onSlowed }: LogGridProps) {
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const pool = useRef<RowPool>(null);
  const clock = useRef<PaintClock>(null);
  const rowPx = useRowHeight();
  const [column, setColumn] = useState<number | null>(null);
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  const columns = useMemo(() => fitting(chosen, width), [chosen, width]);
  // The rows are made anew where other columns are shown, not with every pixel of the width.
  const shownIds = columns.map(({ id: name }) => name).join(" ");
  const { sorted } = useStore(log.state);

  useEffect(() => {
    const [frame, rows] = [grid.current, body.current];
    if (!frame || !rows) return;
    const own = new RowPool(rows, id, columns);
    pool.current = own;
    const resize = () => {
      const slots = Math.min(MOST_SLOTS, Math.floor(rows.clientHeight / rowPx));
      own.resize(slots);
      log.setSlots(slots);
      setWidth(rows.clientWidth);
      clock.current?.request(true);
    };
    resize();
    const observer = new ResizeObserver(resize);
    observer.observe(rows);
    return () => {
      observer.disconnect();
      own.resize(0);
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the columns are known by their ids
  }, [log, id, rowPx, shownIds]);

  useEffect(() => {
    const paint = () => {
      const current = pool.current?.paint({
        rows: log.visible(),
        first: log.state.get().sorted === null ? null : log.position().top,
        newest: log.newest(),
        selected,
        active: log.state.get().active,
        column,
      });
      setOrRemove(grid.current, "aria-activedescendant", current ?? null);
      // How many match a filter nobody knows before all were looked at.
      const { filter, sorted: order } = log.state.get();
      const count = order ? order.shown + 1 : filter === "" ? log.newest() + 1 : -1;
      setOrRemove(grid.current, "aria-rowcount", String(count));
    };
    const own = new PaintClock(paint);
    clock.current = own;
    own.request(true);
    const stopChanges = log.onChange((urgent) => own.request(urgent));
    const stopSlowed = own.slowed.subscribe(() => onSlowed(own.slowed.get()));
    return () => {
      stopChanges();
      stopSlowed();
      own.stop();
    };
  }, [log, selected, column, onSlowed, shownIds]);

  useEffect(() => {
    const frame = grid.current;
    if (!frame) return;
    let rest = 0;
    const onWheel = (event: WheelEvent) => {
      if (event.ctrlKey || event.deltaY === 0) return;
      event.preventDefault();
      rest += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY / rowPx : event.deltaY;
      const rows = Math.trunc(rest);
      rest -= rows;
      if (rows !== 0) log.scrollBy(rows);
    };
    // React's own wheel listeners may not prevent the default.
    frame.addEventListener("wheel", onWheel, { passive: false });
    return () => frame.removeEventListener("wheel", onWheel);
  }, [log, rowPx]);

  const addTerm = (exchange: Exchange, at: number | null, exclude: boolean) => {
    const status = columns.findIndex(({ id: name }) => name === "status");
    // Without a current cell F means the status.
    const term = columns[at ?? status]?.term?.(exchange);
    if (term) onTerm(term.key, term.value, exclude);
  };
  const sortBy = ({ sort }: LogColumn) => {
    if (sort) void log.sortBy(nextSort(sort, sorted));
  };
  const onClick = (event: MouseEvent) => {
    const header = event.target instanceof Element && event.target.closest("[data-sort]");
    if (header instanceof HTMLElement) {
      const found = columns.find(({ id: name }) => name === header.dataset.sort);
      if (found) sortBy(found);
      return;
    }
    const hit = pool.current?.at(event.target);
    if (!hit) return;
    if (event.altKey) {
      addTerm(hit.exchange, hit.column, event.shiftKey);
      return;
    }
    setColumn(null);
    log.activate(hit.exchange.id);
    onSelect(hit.exchange.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const current = log.active();
    const move = MOVES[event.key];
    if (move) {
      move(log);
      const next = log.state.get().active;
      if (selected !== null && next !== null && next !== selected) onSelect(next);
    } else if (event.key === "Enter" && current) onSelect(current.id);
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      setColumn(columnAfter(column, event.key === "ArrowRight" ? 1 : -1, columns.length));
    } else if (event.key === "s" && columns[column ?? -1]?.sort) {
      const at = columns[column ?? -1];
      if (at) sortBy(at);
    } else if (event.key.toLowerCase() === "f" && current) {
      addTerm(current, column, event.shiftKey);
    } else return;
    event.preventDefault();
  };

  return (
    <>
      {/* What a press on a row does, Enter and the arrows do too. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
      <div
        ref={grid}
        role="grid"
        tabIndex={0}
        aria-label="Requests"
        aria-colcount={columns.length}
        style={{ "--log-tracks": tracksOf(columns) } as CSSProperties}
        aria-describedby={`${id}-help`}
        onClick={onClick}
        onKeyDown={onKeyDown}
        className="log flex h-full min-h-0 flex-col focus-visible:-outline-offset-2"
      >
        <div role="row" aria-rowindex={1} className="log-header">
          {columns.map((item) => {
            const order = item.sort && sorted?.by === item.sort.by ? sorted : null;
            return (
              <div
                key={item.id}
                role="columnheader"
                data-sort={item.sort && item.id}
                aria-sort={order ? (order.descending ? "descending" : "ascending") : undefined}
                title={item.sort && `Sort by ${item.header}`}
                className={`log-cell log-${item.id}${item.align ? ` log-${item.align}` : ""}`}
              >
                {item.header}
                {order && <span aria-hidden="true">{order.descending ? " ↓" : " ↑"}</span>}
              </div>
            );
          })}
        </div>
        <div ref={body} role="rowgroup" className="min-h-0 flex-1 overflow-hidden" />
      </div>
      <p id={`${id}-help`} className="sr-only">
        Arrow keys move between rows and cells, Enter opens a request, F filters by the current cell
        and Shift F leaves it out, S sorts by the current column, End follows the newest requests.
      </p>
    </>
  );
}

/** First as it makes sense, then the other way round, then not at all. */
function nextSort(own: Sort, present: Sort | null): Sort | null {
  if (present === null || present.by !== own.by) return own;
  return present.descending === own.descending ? { ...own, descending: !own.descending } : null;
}

const MOVES: Record<string, (log: LiveLog) => void> = {
  ArrowDown: (log) => log.moveActive(1),
  ArrowUp: (log) => log.moveActive(-1),
  j: (log) => log.moveActive(1),
  k: (log) => log.moveActive(-1),
  PageDown: (log) => log.pageBy(1),
  PageUp: (log) => log.pageBy(-1),
  Home: (log) => void log.toStart(),
  End: (log) => log.goLive(),
};

/** From the whole row into its cells and back. */
function columnAfter(column: number | null, step: number, count: number): number | null {
  const next = (column ?? -1) + step;
  return next < 0 ? null : Math.min(next, count - 1);
}

function setOrRemove(element: Element | null, name: string, value: string | null): void {
  if (!element || element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
