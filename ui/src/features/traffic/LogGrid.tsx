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
import {
  bounded,
  type ChosenColumn,
  type ColumnTerm,
  fitting,
  type LogColumn,
  type TimeStyle,
  tracksOf,
  WIDTH_STEP,
  withMoved,
  withWidth,
} from "@/live/columns.ts";
import type { Exchange } from "@/live/exchange.ts";
import { type LiveLog, MOST_SLOTS } from "@/live/liveLog.ts";
import type { Sort } from "@/live/logState.ts";
import { PaintClock } from "@/live/paintClock.ts";
import { RowPool } from "@/live/rowPool.ts";
import type { RowSelection } from "@/live/selection.ts";
import { useRowHeight, useStore } from "@/ui/index.ts";
import { type HeaderActions, LogHeader } from "./LogHeader.tsx";
import { LogScrollbar, type LogScrollbarHandle } from "./LogScrollbar.tsx";

interface LogGridProps {
  log: LiveLog;
  /** The columns to show, as far as there is room. */
  chosen: readonly LogColumn[];
  /** The id of the request whose detail is open. */
  selected: string | null;
  /** A row became the one to look at: by press, or by key while a detail is open. */
  onSelect: (id: string) => void;
  /** Adds `key:value` to the filter, or excludes it; `op` stands before the value. */
  onTerm: (key: string, value: string, exclude: boolean, op?: ColumnTerm["op"]) => void;
  /** Called when the machine cannot keep up and less is painted, and when it can again. */
  onSlowed: (slowed: boolean) => void;
  /** Absent: columns stay as wide and where they are. */
  onArrange?: (columns: readonly ChosenColumn[]) => void;
  /** Several rows to act on; absent: one at a time. */
  selection?: RowSelection;
  /** Enter was pressed on the row whose detail is open already. */
  onEnlarge?: () => void;
  /** How times are written; absolute if absent. */
  time?: TimeStyle;
  /** The id of the request that is marked to be compared. */
  marked?: string | null;
  /** The paths that routes match, by their names. */
  paths?: ReadonlyMap<string, string>;
  /** Called with the headers of the columns for which there is no room. */
  onHidden?: (headers: readonly string[]) => void;
}

/**
 * The rows of the live log. React makes the frame; the rows in it are written by hand, ten times a
 * second at most. One tab stop: arrows move from row to row, Left and Right from cell to cell.
 */
export function LogGrid(props: LogGridProps) {
  const { log, chosen, selected, onSelect, onTerm, onSlowed, onArrange, onHidden } = props;
  const { time = "absolute", marked = null, paths = NO_PATHS, selection, onEnlarge } = props;
  const id = useId();
  const grid = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const pool = useRef<RowPool>(null);
  const clock = useRef<PaintClock>(null);
  const bar = useRef<LogScrollbarHandle>(null);
  const rowPx = useRowHeight();
  const [column, setColumn] = useState<number | null>(null);
  const [width, setWidth] = useState(Number.POSITIVE_INFINITY);
  const [draft, setDraft] = useState<{ id: string; width: number } | null>(null);
  const [said, setSaid] = useState("");
  const columns = useMemo(() => {
    const wanted = chosen.map((item) =>
      item.id === draft?.id ? { ...item, width: draft.width, usual: item.width } : item,
    );
    return fitting(wanted, width);
  }, [chosen, width, draft]);
  // The rows are made anew where other columns are shown, not with every pixel of the width.
  const shownIds = columns.map(({ id: name }) => name).join(" ");
  const { sorted } = useStore(log.state);

  const hidden = chosen
    .filter(({ id: name }) => !columns.some((item) => item.id === name))
    .map(({ header }) => header)
    .join("\n");
  useEffect(() => onHidden?.(hidden === "" ? [] : hidden.split("\n")), [onHidden, hidden]);
  const detail = columns.flatMap(({ id: name, detail: is }) => (is === true ? [name] : []));
  const detailIds = detail.join("\n");
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- they are known by their ids
  useEffect(() => log.showDetail(detail), [log, detailIds]);

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
      const rows = log.visible();
      const current = pool.current?.paint({
        rows,
        time,
        picked: selection?.ids.get() ?? NO_ROWS,
        marked,
        paths,
        beforeUs: time === "delta" ? (log.above()?.started_at_us ?? null) : null,
        cellOf: (request, name) => log.cells.of(request, name),
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
      log.cells.want(rows.map((row) => row.id));
      bar.current?.paint();
    };
    const own = new PaintClock(paint);
    clock.current = own;
    own.request(true);
    const stopChanges = log.onChange((urgent) => own.request(urgent));
    const stopSlowed = own.slowed.subscribe(() => onSlowed(own.slowed.get()));
    // What is written as "ago" grows older by itself.
    const ages = time === "relative" ? setInterval(() => own.request(false), 1000) : undefined;
    // So does what is under way, without the rows being painted.
    const running = setInterval(() => {
      if (!document.hidden) pool.current?.tick(Date.now());
    }, 1000);
    const stopPicking = selection?.ids.subscribe(() => own.request(true));
    return () => {
      clearInterval(ages);
      clearInterval(running);
      stopPicking?.();
      stopChanges();
      stopSlowed();
      own.stop();
    };
  }, [log, selection, selected, column, onSlowed, shownIds, time, marked, paths]);

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
    const item = columns[at ?? status];
    const cell = item?.detail === true ? log.cells.of(exchange.id, item.id) : undefined;
    const term = item?.term?.(exchange, cell);
    if (term) onTerm(term.key, term.value, exclude, term.op);
  };
  const actions: HeaderActions | undefined = onArrange && {
    onDraft: setDraft,
    onWidth: (name, wide) => {
      onArrange(withWidth(chosen.map(asChosen), name, wide));
      const item = chosen.find(({ id: other }) => other === name);
      setSaid(
        `${item?.header ?? name} ${wide === null ? "as wide as usual" : `${bounded(wide)} pixels wide`}`,
      );
    },
    onFit: (name) => {
      const at = columns.findIndex(({ id: other }) => other === name);
      const wide = contentWidth(grid.current, at);
      if (wide !== null) onArrange(withWidth(chosen.map(asChosen), name, wide));
    },
    onMove: (name, before) => {
      onArrange(withMoved(chosen.map(asChosen), name, before));
      const item = chosen.find(({ id: other }) => other === name);
      const next = chosen.find(({ id: other }) => other === before);
      setSaid(`${item?.header ?? name} is ${next ? `before ${next.header}` : "the last"}`);
    },
  };
  /** The current column, one step to a side. */
  const shift = (by: 1 | -1) => {
    const at = column ?? -1;
    const item = columns[at];
    const next = columns[at + by];
    if (!item || !next || !actions) return;
    actions.onMove(item.id, by < 0 ? next.id : (columns[at + 2]?.id ?? null));
    setColumn(at + by);
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
    if (event.shiftKey && selection) {
      // The browser would mark text up to here.
      getSelection()?.removeAllRanges();
      selection.extendTo(hit.exchange.id);
      return;
    }
    selection?.clear();
    log.activate(hit.exchange.id);
    onSelect(hit.exchange.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey) return;
    const side = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (event.altKey) {
      if (!event.shiftKey || side === 0 || column === null) return;
      shift(side);
      event.preventDefault();
      return;
    }
    const current = log.active();
    const move = MOVES[event.key];
    const item = columns[column ?? -1];
    if (event.shiftKey && side !== 0 && item && actions) {
      const wide = widthNow(grid.current, column ?? 0) ?? item.width;
      if (!item.grows) actions.onWidth(item.id, bounded(wide + side * WIDTH_STEP));
    } else if (event.shiftKey && selection && event.key in STEPS) {
      selection.extend(STEPS[event.key] ?? 1);
    } else if (move) {
      selection?.clear();
      move(log);
      const next = log.state.get().active;
      if (selected !== null && next !== null && next !== selected) onSelect(next);
    } else if (event.key === "Enter" && current) {
      if (current.id === selected) onEnlarge?.();
      else onSelect(current.id);
    } else if (side !== 0) setColumn(columnAfter(column, side, columns.length));
    else if (event.key === "s" && columns[column ?? -1]?.sort) {
      const at = columns[column ?? -1];
      if (at) sortBy(at);
    } else if (event.key.toLowerCase() === "f" && current) {
      addTerm(current, column, event.shiftKey);
    } else return;
    event.preventDefault();
  };

  return (
    <div className="relative h-full min-h-0">
      {/* What a press on a row does, Enter and the arrows do too. */}
      {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
      <div
        ref={grid}
        role="grid"
        tabIndex={0}
        aria-multiselectable={selection !== undefined}
        aria-label="Requests"
        aria-colcount={columns.length}
        style={{ "--log-tracks": tracksOf(columns) } as CSSProperties}
        aria-describedby={`${id}-help`}
        onClick={onClick}
        onKeyDown={onKeyDown}
        className="log flex h-full min-h-0 flex-col focus-visible:-outline-offset-2"
      >
        <LogHeader columns={columns} sorted={sorted} actions={actions} />
        <div
          ref={body}
          id={`${id}-rows`}
          role="rowgroup"
          className="min-h-0 flex-1 overflow-hidden"
        />
      </div>
      <LogScrollbar ref={bar} log={log} controls={`${id}-rows`} />
      <p id={`${id}-help`} className="sr-only">
        Arrow keys move between rows and cells, Enter opens a request
        {onEnlarge && " and, pressed again, gives it all the room"}, F filters by the current cell
        and Shift F leaves it out, S sorts by the current column, End follows the newest requests.
        {selection && " Shift with Up and Down selects several requests, Escape ends that."}
        {onArrange &&
          " Shift with Left and Right makes the current column narrower and wider, Alt and Shift with them moves it."}
      </p>
      <span role="status" className="sr-only">
        {said}
      </span>
    </div>
  );
}

const NO_ROWS: ReadonlySet<string> = new Set();
const STEPS: Record<string, 1 | -1> = { ArrowDown: 1, ArrowUp: -1 };
const NO_PATHS: ReadonlyMap<string, string> = new Map();

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

function asChosen({ id, width, usual }: LogColumn): ChosenColumn {
  return usual === undefined ? { id } : { id, width };
}

/** As wide as a column is: what shares the room may be wider than usual. */
function widthNow(grid: HTMLElement | null, at: number): number | undefined {
  const header = grid?.querySelectorAll<HTMLElement>("[role=columnheader]")[at];
  return header?.offsetWidth;
}

/** As wide as what a column shows, its name included; `null` where nothing is to be seen of it. */
function contentWidth(grid: HTMLElement | null, at: number): number | null {
  const name = grid?.querySelector(`[role=columnheader]:nth-child(${at + 1}) .log-name`);
  const cells = grid?.querySelectorAll(`.log-row:not([hidden]) .log-cell:nth-child(${at + 1})`);
  if (!name || !cells) return null;
  const range = document.createRange();
  const widths = [...cells].map((cell) => {
    range.selectNodeContents(cell);
    return range.getBoundingClientRect().width;
  });
  // Beside the name there is room for the arrow of an order.
  return Math.ceil(Math.max(name.scrollWidth + 16, ...widths)) + 12;
}

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
