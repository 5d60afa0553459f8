import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { cx } from "@/ui/index.ts";
import { withHandle } from "./shares.ts";

interface SplitSliderProps {
  names: readonly string[];
  /** In whole percents that sum to 100. */
  shares: readonly number[];
  onChange: (shares: number[]) => void;
}

const STEP = 1;
const BIG_STEP = 10;
/** A smaller share has no room for a name. */
const ROOM_FOR_NAME = 8;

/** Colours of neighbours differ; the names and numbers stand in the fields below. */
const TINTS = ["bg-selected", "bg-limit-bg", "bg-ok-bg", "bg-warn-bg", "bg-neutral-bg"];

/**
 * The shares of versions side by side, with a handle between each two. A handle drags; arrows move
 * it by 1 %, with Shift by 10 %; Home and End as far as it goes.
 */
export function SplitSlider({ names, shares, onChange }: SplitSliderProps) {
  const bar = useRef<HTMLDivElement>(null);
  const ends = shares.map((_, at) => shares.slice(0, at + 1).reduce((sum, one) => sum + one, 0));
  const move = (at: number, position: number) => {
    const next = withHandle(shares, at, position);
    if (next[at] !== shares[at]) onChange(next);
  };
  const onPointerMove = (at: number) => (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = bar.current?.getBoundingClientRect();
    if (box) move(at, ((event.clientX - box.left) / box.width) * 100);
  };
  const onKeyDown = (at: number) => (event: KeyboardEvent) => {
    const position = positionAfter(event, ends[at] ?? 0);
    if (position === null) return;
    event.preventDefault();
    move(at, position);
  };
  return (
    <div
      ref={bar}
      className="relative flex h-8 w-full rounded-control border border-line-control bg-canvas"
    >
      {names.map((name, at) => (
        <div
          // Two may have one name while they are edited; they never move.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          style={{ width: `${shares[at] ?? 0}%` }}
          className={cx(
            "flex min-w-0 items-center justify-center overflow-hidden first:rounded-l-[5px]",
            TINTS[at % TINTS.length],
          )}
        >
          <span aria-hidden="true" className="truncate px-2 font-mono text-code text-ink">
            {(shares[at] ?? 0) < ROOM_FOR_NAME ? "" : name}
          </span>
        </div>
      ))}
      {names.slice(0, -1).map((name, at) => (
        <div
          // Two may have one name while they are edited; they never move.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          role="slider"
          tabIndex={0}
          aria-label={`Between ${name} and ${names[at + 1] ?? ""}`}
          aria-valuemin={(ends[at] ?? 0) - (shares[at] ?? 0)}
          aria-valuemax={ends[at + 1] ?? 100}
          aria-valuenow={ends[at] ?? 0}
          aria-valuetext={`${name} ${shares[at] ?? 0} %, ${names[at + 1] ?? ""} ${shares[at + 1] ?? 0} %`}
          onKeyDown={onKeyDown(at)}
          onPointerDown={(event) => {
            if (event.button === 0) event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={onPointerMove(at)}
          style={{ left: `${ends[at] ?? 0}%` }}
          className="absolute top-1/2 h-9 w-6 -translate-x-1/2 -translate-y-1/2 cursor-col-resize touch-none rounded-tag before:absolute before:inset-y-0 before:left-[9px] before:w-1.5 before:rounded-full before:bg-accent focus-visible:outline-offset-0"
        />
      ))}
    </div>
  );
}

/** Where a key moves a handle that stands at `position`; `null` for keys that mean nothing. */
function positionAfter({ key, shiftKey }: KeyboardEvent, position: number): number | null {
  const step = shiftKey ? BIG_STEP : STEP;
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
      return position + step;
    case "ArrowLeft":
    case "ArrowDown":
      return position - step;
    case "PageUp":
      return position + BIG_STEP;
    case "PageDown":
      return position - BIG_STEP;
    case "Home":
      return 0;
    case "End":
      return 100;
    default:
      return null;
  }
}
