import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import { type LogColumn, NARROWEST, WIDEST, WIDTH_STEP } from "@/live/columns.ts";
import type { SortedRows } from "@/live/logState.ts";
import { cellClass } from "@/live/row.ts";

/** What a person can do with the columns where they stand. */
export interface HeaderActions {
  /** A column becomes so wide while its edge is moved; `null`: it stays as it was. */
  onDraft: (draft: { id: string; width: number } | null) => void;
  /** A column is so wide from now on; `null`: as usual. */
  onWidth: (id: string, width: number | null) => void;
  /** A column becomes as wide as what it shows. */
  onFit: (id: string) => void;
  /** A column stands before another from now on, or at the end. */
  onMove: (id: string, before: string | null) => void;
}

interface LogHeaderProps {
  columns: readonly LogColumn[];
  sorted: SortedRows | null;
  /** Absent where columns stay as they are. */
  actions?: HeaderActions | undefined;
}

/** So far a press can slip and still be a press. */
const SLIP_PX = 5;

type Drag =
  | { kind: "width"; id: string; fromX: number; width: number; sign: 1 | -1; most: number }
  | { kind: "place"; id: string; fromX: number; moving: boolean };

/**
 * The names of the columns. A press sorts; a name is dragged to another place; the line at its edge
 * is dragged, or moved by the arrow keys once it was pressed.
 */
export function LogHeader({ columns, sorted, actions }: LogHeaderProps) {
  const row = useRef<HTMLDivElement>(null);
  const drag = useRef<Drag>(null);
  const moved = useRef(false);
  /** Where the column that is dragged would stand: before this one, the last place being the end. */
  const [drop, setDrop] = useState<{ id: string; at: number } | null>(null);
  const grows = columns.findIndex((column) => column.grows);

  /** The edge of a column is the one away from what grows: that is the one that moves. */
  const signOf = (at: number) => (at < grows ? 1 : -1);
  const mostOf = ({ width }: LogColumn) => {
    const growing = cells(row.current)[grows];
    const left = growing ? growing.offsetWidth - (columns[grows]?.width ?? 0) : 0;
    return Math.min(WIDEST, width + Math.max(0, left));
  };

  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (!actions || event.button !== 0 || !(event.target instanceof Element)) return;
    const cell = event.target.closest<HTMLElement>("[role=columnheader]");
    const at = cells(row.current).findIndex((one) => one === cell);
    const column = columns[at];
    if (!cell || !column) return;
    moved.current = false;
    const fromX = event.clientX;
    if (event.target.closest("[role=separator]")) {
      const { id } = column;
      // As wide as it is: what shares the room may be wider than usual.
      const width = cell.offsetWidth;
      drag.current = { kind: "width", id, fromX, width, sign: signOf(at), most: mostOf(column) };
      event.target.setPointerCapture(event.pointerId);
    } else drag.current = { kind: "place", id: column.id, fromX, moving: false };
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const now = drag.current;
    if (!now || !actions) return;
    const by = event.clientX - now.fromX;
    if (Math.abs(by) > SLIP_PX) moved.current = true;
    if (now.kind === "width") {
      if (moved.current) actions.onDraft({ id: now.id, width: widthAt(now, by) });
      return;
    }
    if (!moved.current) return;
    if (!now.moving) {
      now.moving = true;
      row.current?.setPointerCapture(event.pointerId);
    }
    setDrop({ id: now.id, at: placeAt(row.current, event.clientX) });
  };
  const end = (event: PointerEvent<HTMLElement>, done: boolean) => {
    const now = drag.current;
    drag.current = null;
    setDrop(null);
    if (!now || !actions) return;
    if (now.kind === "width") {
      actions.onDraft(null);
      if (done && moved.current) actions.onWidth(now.id, widthAt(now, event.clientX - now.fromX));
    } else if (done && now.moving) {
      const at = placeAt(row.current, event.clientX);
      actions.onMove(now.id, columns[at]?.id ?? null);
    }
  };
  const onEdgeKey = (event: KeyboardEvent, column: LogColumn, at: number) => {
    if (!actions || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = (event.shiftKey ? 1 : WIDTH_STEP) * signOf(at);
    const to = (width: number) =>
      actions.onWidth(column.id, Math.min(Math.max(width, NARROWEST), mostOf(column)));
    if (event.key === "ArrowRight") to(column.width + step);
    else if (event.key === "ArrowLeft") to(column.width - step);
    else if (event.key === "Home") actions.onWidth(column.id, null);
    else if (event.key === "Enter") actions.onFit(column.id);
    else if (event.key === "Escape" && drag.current) {
      drag.current = null;
      actions.onDraft(null);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    // Pressing and dragging; what they do, the keys of the grid and the columns' dialog do too.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      ref={row}
      role="row"
      aria-rowindex={1}
      className="log-header"
      data-dragging={drop ? "" : undefined}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={(event) => end(event, true)}
      onPointerCancel={(event) => end(event, false)}
      onClickCapture={(event) => {
        // The end of a drag is no press.
        if (moved.current) event.stopPropagation();
        moved.current = false;
      }}
    >
      {columns.map((item, at) => {
        const order = item.sort && sorted?.by === item.sort.by ? sorted : null;
        const title = [item.hint, item.sort && `Sort by ${item.header}`].filter(Boolean);
        return (
          <div
            key={item.id}
            role="columnheader"
            data-sort={item.sort && item.id}
            data-column={item.id}
            data-dragged={drop?.id === item.id ? "" : undefined}
            data-drop={drop ? dropMark(drop.at, at, columns.length) : undefined}
            aria-label={item.header}
            aria-sort={order ? (order.descending ? "descending" : "ascending") : undefined}
            title={title.join("\n") || undefined}
            className={cellClass(item)}
          >
            <span className="log-name">{item.header}</span>
            {order && <span aria-hidden="true">{order.descending ? " ↓" : " ↑"}</span>}
            {actions && at !== grows && (
              // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
              <span
                role="separator"
                aria-orientation="vertical"
                aria-label={`Width of ${item.header}`}
                aria-valuenow={item.width}
                aria-valuemin={NARROWEST}
                aria-valuemax={WIDEST}
                tabIndex={-1}
                title="Drag, or double-click to fit"
                data-side={signOf(at) === 1 ? "end" : "start"}
                className="log-edge"
                onClick={(event) => event.stopPropagation()}
                onDoubleClick={() => actions.onFit(item.id)}
                onKeyDown={(event) => onEdgeKey(event, item, at)}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}

const cells = (row: HTMLElement | null) => [
  ...(row?.querySelectorAll<HTMLElement>("[role=columnheader]") ?? []),
];

function widthAt(drag: Drag & { kind: "width" }, by: number): number {
  return Math.min(Math.max(drag.width + by * drag.sign, NARROWEST), drag.most);
}

/** Before which of the columns something is dropped. */
function placeAt(row: HTMLElement | null, x: number): number {
  const found = cells(row).findIndex((cell) => {
    const { left, width } = cell.getBoundingClientRect();
    return x < left + width / 2;
  });
  return found < 0 ? cells(row).length : found;
}

function dropMark(drop: number, at: number, count: number): string | undefined {
  if (drop === at) return "before";
  return drop === count && at === count - 1 ? "after" : undefined;
}
