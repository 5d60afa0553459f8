/** Rows that are at hand after somebody did something to some of them. What is the same stays the same object. */
import type { Exchange } from "./exchange.ts";

type Rows = readonly Exchange[];

/** The rows, some of them pinned or not pinned any more. */
export function marked(rows: Rows, ids: ReadonlySet<string>, pinned: boolean): Rows {
  const isMeant = (row: Exchange) => ids.has(row.id) && (row.pinned ?? false) !== pinned;
  return rows.some(isMeant)
    ? rows.map((row) => (isMeant(row) ? Object.assign({}, row, { pinned }) : row))
    : rows;
}

/** The rows without some. */
export function without(rows: Rows, ids: ReadonlySet<string>): Rows {
  const kept = rows.filter(({ id }) => !ids.has(id));
  return kept.length === rows.length ? rows : kept;
}

/**
 * The rows with some that are back, each at its place by its number. Rows that are not at hand may lie
 * between those at hand and what is before or after them, so only what lies within is put back; before the
 * first where they begin with the log's first (`atStart`), after the last where that is the `newest`.
 */
export function withRows(rows: Rows, back: Rows, newest: number, atStart: boolean): Rows {
  const present = new Set(rows.map(({ id }) => id));
  const first = rows[0]?.seq ?? 0;
  const last = rows.at(-1)?.seq ?? newest;
  const fits = ({ id, seq }: Exchange) =>
    !present.has(id) && (seq > first || atStart) && (seq < last || last >= newest);
  const added = back.filter(fits);
  return added.length === 0 ? rows : [...rows, ...added].toSorted((a, b) => a.seq - b.seq);
}
