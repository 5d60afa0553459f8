/** What colour a status has; also the name of its colour tokens (`--color-warn`, …). */
export type Tone = "ok" | "info" | "warn" | "limit" | "err" | "neutral";

/** The shapes of shapes.css. */
export type ShapeName =
  | "ok"
  | "info"
  | "redirect"
  | "warn"
  | "limit"
  | "err"
  | "pending"
  | "stopped"
  | "starting"
  | "gateway";

/** Shape and colour of an answer, so that neither stands alone. */
export interface StatusLook {
  tone: Tone;
  shape: ShapeName;
}

/**
 * The look of an HTTP status. `null` is a request still running; a status of 0 is one that never
 * got an answer (refused, timed out, cut off). No React here: the rows of the log use it too.
 */
export function statusLook(status: number | null): StatusLook {
  if (status === null) return { tone: "neutral", shape: "pending" };
  if (status === 429) return { tone: "limit", shape: "limit" };
  if (status >= 500 || status < 100) return { tone: "err", shape: "err" };
  if (status >= 400) return { tone: "warn", shape: "warn" };
  if (status >= 300) return { tone: "neutral", shape: "redirect" };
  if (status >= 200) return { tone: "ok", shape: "ok" };
  return { tone: "info", shape: "info" };
}

/** Text on the tone's own tint, as full class names so that Tailwind finds them. */
export const TONE_TINT: Record<Tone, string> = {
  ok: "bg-ok-bg text-ok",
  info: "bg-info-bg text-info",
  warn: "bg-warn-bg text-warn",
  limit: "bg-limit-bg text-limit",
  err: "bg-err-bg text-err",
  neutral: "bg-neutral-bg text-neutral",
};

/** Text of the tone on a plain surface. */
export const TONE_INK: Record<Tone, string> = {
  ok: "text-ok",
  info: "text-info",
  warn: "text-warn",
  limit: "text-limit",
  err: "text-err",
  neutral: "text-neutral",
};
