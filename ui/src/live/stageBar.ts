import type { Exchange } from "./exchange.ts";

/** Colour of each part of the time, in the order they pass. */
const PARTS = [
  ["gateway_us", "var(--color-stage-match)"],
  ["connect_us", "var(--color-stage-connect)"],
  ["wait_us", "var(--color-stage-upstream)"],
  ["receive_us", "color-mix(in srgb, var(--color-stage-upstream) 45%, transparent)"],
] as const;

/** The least that can be seen, as a part of the bar. */
const LEAST = 0.015;

/**
 * What a whole bar stands for, in microseconds: the 95th percentile of the rows on screen, rounded
 * up to 1, 2 or 5 times a power of ten so that it does not change with every row. Streams, which last
 * as long as somebody listens, do not count beside others: they would make all bars dots.
 */
export function barScale(rows: readonly Exchange[]): number {
  const answers = rows.filter(({ stream }) => !isOpenEnded(stream));
  const measured = answers.length > 0 ? answers : rows;
  const sorted = measured.map((row) => row.duration_us).toSorted((a, b) => a - b);
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0;
  const power = 10 ** Math.floor(Math.log10(Math.max(p95, 100)));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= p95) ?? 10;
  return step * power;
}

const isOpenEnded = (stream: Exchange["stream"]) =>
  stream === "websocket" || stream === "event_stream" || stream === "tunnel";

/** The bar of a row as a CSS gradient; longer than the whole is cut at the end. */
export function barImage({ timing, duration_us }: Exchange, scale: number): string {
  const length = Math.min(Math.max(duration_us / scale, LEAST), 1);
  const total = PARTS.reduce((sum, [part]) => sum + timing[part], 0) || 1;
  let at = 0;
  const stops = PARTS.filter(([part]) => timing[part] > 0).map(([part, colour]) => {
    const from = at;
    at += (timing[part] / total) * length;
    return `${colour} ${percent(from)} ${percent(at)}`;
  });
  if (stops.length === 0) stops.push(`${PARTS[0][1]} 0 ${percent(length)}`);
  return `linear-gradient(90deg,${stops.join(",")},transparent ${percent(length)})`;
}

/** Whether the bar is cut. */
export function barIsCut({ duration_us }: Exchange, scale: number): boolean {
  return duration_us > scale;
}

const percent = (part: number) => `${(part * 100).toFixed(1)}%`;
