import type { ColorToken } from "./colors.ts";

/** One line, or one part of stacked bars. */
export interface Series {
  label: string;
  color: ColorToken;
  values: readonly (number | null)[];
  dash?: readonly number[];
  /** The filter for its rows, beside the time. */
  filter?: string | undefined;
}

/** What a chart shows; each list has a value for each point. */
export interface ChartData {
  /** When the first point begins and how long each is, in seconds. */
  since: number;
  step: number;
  series: readonly Series[];
}

/** When each point begins. */
export function times({ since, step, series }: ChartData): number[] {
  const length = Math.max(0, ...series.map(({ values }) => values.length));
  return Array.from({ length }, (_, index) => since + index * step);
}

/** Sums of each series and those below it, the highest last, as stacked bars are drawn. */
export function stacked(series: readonly Series[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map(({ values }) =>
    values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0);
      return sums[index];
    }),
  );
}

/** Which part of the stack at a point holds a height; `null` above it. */
export function partAt(series: readonly Series[], index: number, height: number): Series | null {
  let sum = 0;
  for (const part of series) {
    sum += part.values[index] ?? 0;
    if (height <= sum && (part.values[index] ?? 0) > 0) return part;
  }
  return null;
}

/** The point a step away that holds something, or the nearest within bounds. */
export function moved(from: number | null, key: string, length: number): number | null {
  if (length === 0) return null;
  const last = length - 1;
  switch (key) {
    case "ArrowRight":
      return from === null ? 0 : Math.min(from + 1, last);
    case "ArrowLeft":
      return from === null ? last : Math.max(from - 1, 0);
    case "PageDown":
      return Math.min((from ?? 0) + Math.ceil(length / 10), last);
    case "PageUp":
      return Math.max((from ?? last) - Math.ceil(length / 10), 0);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

/** Where a value has none beside it: no line leads there, so it is drawn as a point. */
export function alone(values: ArrayLike<number | null | undefined>): number[] {
  return Array.from(values, (value, index) => ({ value, index }))
    .filter(
      ({ value, index }) => value != null && values[index - 1] == null && values[index + 1] == null,
    )
    .map(({ index }) => index);
}
