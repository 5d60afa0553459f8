import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { Shape } from "./Shape.tsx";
import { type ShapeName, statusLook, type Tone, TONE_TINT } from "./status.ts";

interface BadgeProps {
  tone: Tone;
  shape?: ShapeName;
  children: ReactNode;
}

/** A word on a tint, with a shape before it: shape, text and colour, never colour alone. */
export function Badge({ tone, shape, children }: BadgeProps) {
  return (
    <span
      className={cx(
        "inline-flex h-5 items-center gap-1.5 rounded-tag px-1.5 text-small font-medium whitespace-nowrap",
        TONE_TINT[tone],
      )}
    >
      {shape && <Shape name={shape} />}
      {children}
    </span>
  );
}

interface StatusBadgeProps {
  /** An HTTP status, `null` while the request runs, 0 when no answer came. */
  status: number | null;
  /** What to read instead of the number: "refused", "timeout", "1.2 s". */
  text?: string;
  /** The gateway answered, not the service behind it: marked before the status. */
  fromGateway?: boolean;
}

/** The status of one request. */
export function StatusBadge({ status, text, fromGateway = false }: StatusBadgeProps) {
  const look = statusLook(status);
  const words = text ?? (status ? String(status) : status === 0 ? "no answer" : "pending");
  return (
    <span className="inline-flex items-center gap-1">
      {fromGateway && (
        <span
          title="Answered by the gateway, not by the service"
          className="inline-flex text-ink-3"
        >
          <Shape name="gateway" />
          <span className="sr-only">Answered by the gateway: </span>
        </span>
      )}
      <Badge tone={look.tone} shape={look.shape}>
        <span className="font-mono tabular-nums">{words}</span>
      </Badge>
    </span>
  );
}
