/** The stretches of time a person can look at. */

export interface Range {
  id: string;
  label: string;
  seconds: number;
}

export const RANGES: readonly Range[] = [
  { id: "1m", label: "1 min, live", seconds: 60 },
  { id: "5m", label: "5 min", seconds: 300 },
  { id: "15m", label: "15 min", seconds: 900 },
  { id: "1h", label: "1 h", seconds: 3600 },
  { id: "6h", label: "6 h", seconds: 21_600 },
  { id: "24h", label: "24 h", seconds: 86_400 },
  { id: "7d", label: "7 d", seconds: 604_800 },
  { id: "30d", label: "30 d", seconds: 2_592_000 },
  { id: "90d", label: "90 d", seconds: 7_776_000 },
];

export const DEFAULT_RANGE = "1h";

/** From when until when, in whole seconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

/** What is looked at: the last seconds, which move on, or a fixed span. */
export type Look = { kind: "last"; range: Range } | { kind: "span"; span: Span };

export function look(range: string | undefined, from?: number, to?: number): Look {
  if (from !== undefined && to !== undefined && from < to) {
    return { kind: "span", span: { from, to } };
  }
  const found = RANGES.find(({ id }) => id === (range ?? DEFAULT_RANGE));
  return { kind: "last", range: found ?? (RANGES[3] as Range) };
}

/** How often what is looked at is asked for again, in milliseconds; `false`: it is past. */
export function refreshEvery(seen: Look): number | false {
  if (seen.kind === "span") return false;
  if (seen.range.seconds <= 300) return 1000;
  return seen.range.seconds <= 3600 ? 5000 : 30_000;
}

/** Least and most that is looked at, in seconds. */
const LEAST = 10;
const MOST = 366 * 86_400;

/** Half as much, or twice as much, around the middle. */
export function zoom({ from, to }: Span, factor: 0.5 | 2, now: number): Span {
  const length = Math.min(Math.max(Math.round((to - from) * factor), LEAST), MOST);
  const middle = (from + to) / 2;
  return within(
    { from: Math.round(middle - length / 2), to: Math.round(middle + length / 2) },
    now,
  );
}

/** A quarter earlier or later. */
export function pan({ from, to }: Span, direction: -1 | 1, now: number): Span {
  const step = Math.max(1, Math.round((to - from) / 4)) * direction;
  return within({ from: from + step, to: to + step }, now);
}

/** There is nothing yet after now. */
function within({ from, to }: Span, now: number): Span {
  const beyond = Math.max(0, to - Math.ceil(now));
  return { from: from - beyond, to: to - beyond };
}
