import "@/live/log.css";
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useRef, useState } from "react";
import { LOG_COLUMNS } from "@/live/columns.ts";
import type { Exchange } from "@/live/exchange.ts";
import { type LiveLog, MOST_SLOTS } from "@/live/liveLog.ts";
import { PaintClock } from "@/live/paintClock.ts";
import { RowPool } from "@/live/rowPool.ts";
import { useRowHeight } from "@/ui/index.ts";

interface LogGridProps {
  log: LiveLog;
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
export function LogGrid({ log, selected, onSelect, onTerm, onSlowed }: LogGridProps) {
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const pool = useRef<RowPool>(null);
  const clock = useRef<PaintClock>(null);
  const rowPx = useRowHeight();
  const [column, setColumn] = useState<number | null>(null);

  useEffect(() => {
    const [frame, rows] = [grid.current, body.current];
    if (!frame || !rows) return;
    const own = new RowPool(rows, id);
    pool.current = own;
    const resize = () => {
      const slots = Math.min(MOST_SLOTS, Math.floor(rows.clientHeight / rowPx));
      own.resize(slots);
      log.setSlots(slots);
      clock.current?.request(true);
    };
    resize();
    const observer = new ResizeObserver(resize);
    observer.observe(rows);
    return () => {
      observer.disconnect();
      own.resize(0);
    };
  }, [log, id, rowPx]);

  useEffect(() => {
    const paint = () => {
      const current = pool.current?.paint({
        rows: log.visible(),
        newest: log.newest(),
        selected,
        active: log.state.get().active,
        column,
      });
      setOrRemove(grid.current, "aria-activedescendant", current ?? null);
      // How many match a filter nobody knows before all were looked at.
      const count = log.state.get().filter === "" ? log.newest() + 1 : -1;
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
  }, [log, selected, column, onSlowed]);

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
    const term = LOG_COLUMNS[at ?? STATUS]?.term?.(exchange);
    if (term) onTerm(term.key, term.value, exclude);
  };
  const onClick = (event: MouseEvent) => {
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
      setColumn(columnAfter(column, event.key === "ArrowRight" ? 1 : -1));
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
        aria-colcount={LOG_COLUMNS.length}
        aria-describedby={`${id}-help`}
        onClick={onClick}
        onKeyDown={onKeyDown}
        className="log flex h-full min-h-0 flex-col focus-visible:-outline-offset-2"
      >
        <div role="row" aria-rowindex={1} className="log-header">
          {LOG_COLUMNS.map((item) => (
            <div key={item.id} role="columnheader" className={`log-cell log-${item.id}`}>
              {item.header}
            </div>
          ))}
        </div>
        <div ref={body} role="rowgroup" className="min-h-0 flex-1 overflow-hidden" />
      </div>
      <p id={`${id}-help`} className="sr-only">
        Arrow keys move between rows and cells, Enter opens a request, F filters by the current cell
        and Shift F leaves it out, End follows the newest requests.
      </p>
    </>
  );
}

/** Without a current cell F means the status. */
const STATUS = LOG_COLUMNS.findIndex((column) => column.id === "status");

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
function columnAfter(column: number | null, step: number): number | null {
  const next = (column ?? -1) + step;
  return next < 0 ? null : Math.min(next, LOG_COLUMNS.length - 1);
}

function setOrRemove(element: Element | null, name: string, value: string | null): void {
  if (!element || element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
