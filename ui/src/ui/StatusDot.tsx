import { cx } from "./cx.ts";
import { Shape } from "./Shape.tsx";
import { type ShapeName, type Tone, TONE_INK } from "./status.ts";

/** What a thing that runs can be: the gateway, an upstream, the connection. */
export type RunState = "running" | "stopped" | "starting" | "stopping" | "failed";

const LOOKS: Record<RunState, { shape: ShapeName; tone: Tone }> = {
  running: { shape: "ok", tone: "ok" },
  stopped: { shape: "stopped", tone: "neutral" },
  starting: { shape: "starting", tone: "info" },
  stopping: { shape: "starting", tone: "neutral" },
  failed: { shape: "err", tone: "err" },
};

/** A state as shape and word: "● Running on 127.0.0.1:8080". */
export function StatusDot({ state, children }: { state: RunState; children: string }) {
  const look = LOOKS[state];
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <Shape name={look.shape} className={TONE_INK[look.tone]} />
      <span className={cx(state === "failed" && "text-err")}>{children}</span>
    </span>
  );
}
