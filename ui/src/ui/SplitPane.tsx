import { ChevronDown, ChevronLeft, ChevronRight, ChevronUp } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { cx } from "./cx.ts";

interface SplitPaneProps {
  /** Names the split; its size is remembered under it. */
  id: string;
  /** "rows" puts the second pane below the first, "columns" to the right of it. */
  direction: "rows" | "columns";
  /** What the second pane shows, for the separator's name: "Request detail". */
  label: string;
  /** Pixels of the second pane at first. */
  initial: number;
  /** Least pixels of the second pane and of the first. */
  min?: number;
  minFirst?: number;
  first: ReactNode;
  /** The second pane covers the first, which cannot be reached meanwhile. */
  full?: boolean;
  /** `null` gives the first pane everything and shows no separator. */
  second: ReactNode | null;
}

const STEP = 16;
const BIG_STEP = 96;

/**
 * Two panes with a separator between. It drags; it takes arrows (16 px), Home and End; its two
 * buttons do the same for who can only click; a double click goes back to the initial size.
 */
export function SplitPane(props: SplitPaneProps) {
  const { id, direction, label, initial, min = 120, minFirst = 120, first, second } = props;
  const full = props.full === true && second !== null;
  const frame = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState(() => rememberedSize(id) ?? initial);
  const rows = direction === "rows";

  const most = () => {
    const box = frame.current?.getBoundingClientRect();
    const whole = box ? (rows ? box.height : box.width) : Number.POSITIVE_INFINITY;
    return Math.max(min, whole - minFirst);
  };
  const resize = (size: number) => {
    const clamped = Math.round(Math.min(Math.max(size, min), most()));
    setWanted(clamped);
    rememberSize(id, clamped);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const next = sizeAfterKey(event.key, rows, wanted, min, most());
    if (next === null) return;
    event.preventDefault();
    resize(next);
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0 || event.target !== event.currentTarget) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.dataset.dragging = "";
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = frame.current?.getBoundingClientRect();
    if (box) resize(rows ? box.bottom - event.clientY : box.right - event.clientX);
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    delete event.currentTarget.dataset.dragging;
  };

  return (
    <div
      ref={frame}
      className={cx("relative flex h-full min-h-0 min-w-0", rows ? "flex-col" : "flex-row")}
    >
      <div inert={full} className="min-h-0 min-w-0 flex-1 overflow-hidden">
        {first}
      </div>
      {second !== null && (
        <>
          <div
            className={cx("group relative z-10 shrink-0", rows ? "h-px" : "w-px", full && "hidden")}
          >
            {/* A separator that moves is a control: the window splitter of WAI-ARIA. */}
            {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
            <div
              role="separator"
              // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
              tabIndex={0}
              aria-label={`Size of ${label}`}
              aria-orientation={rows ? "horizontal" : "vertical"}
              aria-valuenow={wanted}
              aria-valuemin={min}
              aria-valuetext={`${wanted} pixels`}
              onKeyDown={onKeyDown}
              onPointerDown={onPointerDown}
              onPointerMove={onPointerMove}
              onPointerUp={onPointerUp}
              onDoubleClick={() => resize(initial)}
              className={cx(
                // The line is one pixel; what catches the pointer is nine.
                "absolute inset-0 touch-none bg-line-subtle select-none before:absolute hover:bg-accent focus-visible:bg-focus focus-visible:outline-1 focus-visible:outline-offset-0 data-dragging:bg-accent",
                rows
                  ? "cursor-row-resize before:inset-x-0 before:-inset-y-1"
                  : "cursor-col-resize before:-inset-x-1 before:inset-y-0",
              )}
            />
            <div
              className={cx(
                "float absolute hidden gap-px p-px group-focus-within:flex group-hover:flex",
                rows ? "-top-[13px] right-3" : "top-3 -left-[13px] flex-col",
              )}
            >
              <Nudge
                label={`Larger ${label}`}
                icon={rows ? <ChevronUp size={14} /> : <ChevronLeft size={14} />}
                onClick={() => resize(wanted + BIG_STEP)}
              />
              <Nudge
                label={`Smaller ${label}`}
                icon={rows ? <ChevronDown size={14} /> : <ChevronRight size={14} />}
                onClick={() => resize(wanted - BIG_STEP)}
              />
            </div>
          </div>
          <div
            className={cx(
              "overflow-hidden",
              full ? "absolute inset-0 z-10" : "min-h-0 min-w-0 shrink-0",
            )}
            style={
              full
                ? undefined
                : rows
                  ? { height: wanted, maxHeight: `calc(100% - ${minFirst}px)` }
                  : { width: wanted, maxWidth: `calc(100% - ${minFirst}px)` }
            }
          >
            {second}
          </div>
        </>
      )}
    </div>
  );
}

/** A pointer's alternative to dragging; the keyboard has the arrows, so it is not a tab stop. */
function Nudge(props: { label: string; icon: ReactNode; onClick: () => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={props.label}
      title={props.label}
      onClick={props.onClick}
      className="flex size-6 items-center justify-center rounded-tag text-ink-2 hover:bg-hover"
    >
      {props.icon}
    </button>
  );
}

/** The size after a key: towards the first pane is larger. `null` for keys that mean nothing. */
function sizeAfterKey(key: string, rows: boolean, size: number, min: number, max: number) {
  if (key === (rows ? "ArrowUp" : "ArrowLeft")) return size + STEP;
  if (key === (rows ? "ArrowDown" : "ArrowRight")) return size - STEP;
  if (key === "Home") return min;
  if (key === "End") return max;
  return null;
}

const storageKey = (id: string) => `gatewright.split.${id}`;

function rememberedSize(id: string): number | null {
  const size = Number(localStorage.getItem(storageKey(id)));
  return Number.isFinite(size) && size > 0 ? size : null;
}

function rememberSize(id: string, size: number): void {
  localStorage.setItem(storageKey(id), String(size));
}
