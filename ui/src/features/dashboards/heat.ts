import type { Usage } from "./queries.ts";

export interface Cell {
  column: number;
  row: number;
  requests: number;
  /** When it begins, seconds since 1970. */
  from: number;
  fromUs: number;
  toUs: number;
}

/** Durations over time: a column for each point, a row for each doubling, the shortest lowest. */
export interface Grid {
  since: number;
  step: number;
  columns: number;
  /** From which duration on, microseconds. */
  rows: readonly number[];
  cells: readonly Cell[];
  /** Requests of the fullest cell. */
  most: number;
}

export function cells(usage: Usage): Grid {
  const spread = usage.total.points.spread ?? [];
  const since = usage.since_us / 1_000_000;
  const seen = spread.flatMap((point) => point.map(({ from_us: from }) => from));
  const rows = between(Math.min(...seen), Math.max(...seen));
  const found = spread.flatMap((point, column) =>
    point.map(({ from_us: fromUs, requests }) => ({
      column,
      row: rows.indexOf(fromUs),
      requests,
      from: since + column * usage.step_s,
      fromUs,
      toUs: fromUs === 0 ? SHORTEST : fromUs * 2,
    })),
  );
  return {
    since,
    step: usage.step_s,
    columns: spread.length,
    rows,
    cells: found,
    most: Math.max(0, ...found.map(({ requests }) => requests)),
  };
}

/** What is below is told apart no further. */
const SHORTEST = 128;

/** All doublings from one to the other. */
function between(least: number, most: number): number[] {
  if (!Number.isFinite(least)) return [];
  const rows: number[] = [];
  for (let us = least; us <= most; us = us === 0 ? SHORTEST : us * 2) rows.push(us);
  return rows;
}

export function cellAt(grid: Grid, column: number, row: number): Cell | null {
  return grid.cells.find((cell) => cell.column === column && cell.row === row) ?? null;
}
