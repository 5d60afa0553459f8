import type { ReactNode } from "react";
import { cx } from "./cx.ts";

interface MeterProps {
  /** What fills up: "60/min per key". */
  label: string;
  /** Beside the label: that it only watches. */
  note?: ReactNode;
  used: number;
  /** What there is in all. */
  total: number;
  /** How it stands, in words: "48 of 60 used". */
  text: string;
  /** A second, quieter line: when there is more. */
  detail?: string | undefined;
}

/** From this share on a person should look. */
const NEARLY_FULL = 0.8;

/** How much of something is used up: a bar, and the same in words. */
export function Meter({ label, note, used, total, text, detail }: MeterProps) {
  const share = total === 0 ? 1 : Math.min(used / total, 1);
  const fill = share >= 1 ? "bg-limit" : share >= NEARLY_FULL ? "bg-warn" : "bg-stage-upstream";
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div className="flex items-baseline justify-between gap-3">
        <span className="flex min-w-0 items-center gap-2">
          <span className="truncate">{label}</span>
          {note}
        </span>
        <span className="shrink-0 text-ink-2 tabular-nums">{text}</span>
      </div>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={Math.min(used, total)}
        aria-valuetext={text}
        className="h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div className={cx("h-full rounded-full", fill)} style={{ width: `${share * 100}%` }} />
      </div>
      {detail !== undefined && <p className="text-small text-ink-3">{detail}</p>}
    </div>
  );
}
