import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import {
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useId,
  useMemo,
  useRef,
  useState,
} from "react";
import { cx } from "./cx.ts";
import { useRowHeight } from "./useRowHeight.ts";

export interface Column<Row> {
  id: string;
  header: string;
  /** A grid track: "120px", "minmax(160px, 1fr)". */
  width: string;
  align?: "start" | "end";
  cell: (row: Row) => ReactNode;
  /** Makes the column sortable, by this value. */
  sortBy?: (row: Row) => string | number;
}

interface DataTableProps<Row> {
  /** What the rows are: "Routes". */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** The row whose detail is open. */
  selected?: string | null;
  /** Called when the current row changes by arrow or press. */
  onSelect?: (row: Row) => void;
  /** Enter or double click. */
  onOpen?: (row: Row) => void;
  /** Shown instead of rows when there are none. */
  empty: ReactNode;
}

interface Sort {
  column: string;
  down: boolean;
}

/** Rows kept beyond the edges while scrolling. */
const OVERSCAN = 8;

/**
 * A list with columns, for routes, keys and history; not for the live log. One tab stop: arrows
 * move, Home and End jump, Enter opens. Only the rows in sight exist, however many there are.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, selected = null, onSelect, onOpen, empty } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState<Sort | null>(null);
  const sorted = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const [current, setCurrent] = useState<string | null>(null);
  const at = sorted.findIndex((row) => rowKey(row) === (current ?? selected));

  const rowPx = useRowHeight();
  // oxlint-disable-next-line react/incompatible-library -- kept out of memoised components
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
    // The header stays over the rows while they scroll.
    scrollPaddingStart: 28,
    initialRect: { width: 0, height: 640 },
  });

  useEffect(() => virtual.measure(), [virtual, rowPx]);

  const moveTo = (index: number) => {
    const row = sorted[Math.min(Math.max(index, 0), sorted.length - 1)];
    if (row === undefined) return;
    setCurrent(rowKey(row));
    virtual.scrollToIndex(sorted.indexOf(row));
    onSelect?.(row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 2);
    const next = indexAfterKey(event.key, at, sorted.length, page);
    const row = sorted[at];
    if (next !== null) moveTo(next);
    else if (event.key === "Enter" && row !== undefined) onOpen?.(row);
    else return;
    event.preventDefault();
  };

  const tracks = { gridTemplateColumns: columns.map((column) => column.width).join(" ") };
  const rowId = (index: number) => `${id}-row-${index}`;
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={at >= 0 ? rowId(at) : undefined}
      onKeyDown={onKeyDown}
      className="group/grid h-full overflow-auto focus-visible:-outline-offset-2"
    >
      <div
        role="row"
        aria-rowindex={1}
        style={tracks}
        className="sticky top-0 z-10 grid h-7 items-center border-b border-line-subtle bg-surface px-3 text-small text-ink-3"
      >
        {columns.map((column) => (
          <HeaderCell
            key={column.id}
            column={column}
            sort={sort?.column === column.id ? sort : null}
            onSort={(down) => setSort({ column: column.id, down })}
          />
        ))}
      </div>
      {sorted.length === 0 ? (
        <div role="row">
          <div role="gridcell" aria-colspan={columns.length}>
            {empty}
          </div>
        </div>
      ) : (
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = sorted[index];
            if (row === undefined) return null;
            const key = rowKey(row);
            return (
              // The grid has the keyboard; a press on a row is the pointer's way of the same.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
              <div
                key={key}
                id={rowId(index)}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={key === selected}
                onClick={() => moveTo(index)}
                onDoubleClick={() => onOpen?.(row)}
                style={{ ...tracks, height: rowPx, transform: `translateY(${start}px)` }}
                className={cx(
                  "absolute inset-x-0 top-0 grid items-center border-b border-line-subtle px-3 text-body",
                  key === selected
                    ? "bg-selected shadow-[inset_3px_0_var(--color-accent)]"
                    : "hover:bg-hover",
                  index === at &&
                    "group-focus-visible/grid:outline-2 group-focus-visible/grid:-outline-offset-2 group-focus-visible/grid:outline-focus",
                )}
              >
                {columns.map((column) => (
                  <div
                    key={column.id}
                    role="gridcell"
                    className={cx(
                      "min-w-0 truncate pr-3",
                      column.align === "end" && "text-right tabular-nums",
                    )}
                  >
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}

interface HeaderCellProps<Row> {
  column: Column<Row>;
  sort: Sort | null;
  onSort: (down: boolean) => void;
}

function HeaderCell<Row>({ column, sort, onSort }: HeaderCellProps<Row>) {
  const end = column.align === "end";
  const Arrow = sort?.down ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      aria-sort={sort ? (sort.down ? "descending" : "ascending") : undefined}
      className={cx("min-w-0 truncate pr-3", end && "text-right")}
    >
      {column.sortBy ? (
        <button
          type="button"
          onClick={() => onSort(sort ? !sort.down : false)}
          className="inline-flex h-6 items-center gap-1 rounded-tag hover:text-ink"
        >
          {column.header}
          {sort && <Arrow size={12} aria-hidden="true" />}
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}

/** Sorts a copy; rows that compare equal keep the order they came in. */
function sortRows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | null) {
  const by = columns.find((column) => column.id === sort?.column)?.sortBy;
  if (!by) return rows;
  const sign = sort?.down ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (typeof x === "string" && typeof y === "string") return sign * x.localeCompare(y);
    return sign * (Number(x) - Number(y));
  });
}

function indexAfterKey(key: string, at: number, length: number, page: number): number | null {
  switch (key) {
    case "ArrowDown":
      return at + 1;
    case "ArrowUp":
      return at < 0 ? length - 1 : at - 1;
    case "PageDown":
      return at + page;
    case "PageUp":
      return at - page;
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return null;
  }
}
