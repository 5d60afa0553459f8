import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { type Tone, TONE_INK } from "./status.ts";

/** A small outlined note: a method, "limit 60/min", "HIT". */
export function Tag({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={cx(
        "inline-flex h-[18px] items-center rounded-tag border border-line px-1.5 font-mono text-code-small whitespace-nowrap",
        TONE_INK[tone],
      )}
    >
      {children}
    </span>
  );
}
