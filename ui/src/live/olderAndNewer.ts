import type { Exchange, ExchangePage } from "./exchange.ts";

/** How many rows one reading of the log asks for. */
export const PAGE = 200;

/** Reads rows with a number below `before` (all, if absent), newest first. */
export type ReadPage = (
  filter: string,
  before: number | null,
  limit: number,
) => Promise<ExchangePage>;

/** A stretch of the log, oldest first, and whether it reaches the end it was read towards. */
export interface Stretch {
  rows: Exchange[];
  atEnd: boolean;
}

/** How far a reading of the log has come that takes more than one answer. */
export interface Progress {
  /** Everything from here on was looked at. */
  reached: number;
  /** What there is to look at: numbers from `oldest` to before `end`. */
  oldest: number;
  end: number;
  /** Rows found so far. */
  found: number;
}

export interface OlderOptions {
  /** Rows that are enough. What takes long is looked for in steps; each step can find a few. */
  enough?: number;
  /** What was found so far, oldest first, whenever there is more to look at. */
  onStep?: (rows: Exchange[], progress: Progress) => void;
  /** Whether to stop looking. */
  stopped?: () => boolean;
}

/** The rows just before number `seq`. */
export async function readOlder(
  read: ReadPage,
  filter: string,
  seq: number | null,
  { enough = 1, onStep, stopped }: OlderOptions = {},
): Promise<Stretch> {
  const found: Exchange[] = [];
  let before = seq;
  let end: number | null = null;
  for (;;) {
    // Where to read next depends on what this finds.
    // oxlint-disable-next-line no-await-in-loop
    const page = await read(filter, before, PAGE - found.length);
    found.push(...page.rows);
    const rows = found.toReversed();
    end ??= page.end;
    const next = page.next ?? null;
    if (next === null || rows.length >= enough) return { rows, atEnd: next === null };
    if (stopped?.() === true) return { rows, atEnd: false };
    onStep?.(rows, { reached: next, oldest: page.oldest, end, found: rows.length });
    before = next;
  }
}

/**
 * The rows just after number `seq`, up to number `newest`. The log is read from new to old, so this
 * asks for windows of numbers above `seq`: a window no wider than a page always fits into one. Where
 * a filter leaves a window empty the next is four times as wide, and halved again if too much is in it.
 */
export async function readNewer(
  read: ReadPage,
  filter: string,
  seq: number,
  newest: number,
): Promise<Stretch> {
  let from = seq;
  let width = PAGE;
  while (from < newest) {
    // Where to read next depends on what this finds.
    // oxlint-disable-next-line no-await-in-loop
    const { rows, next } = await read(filter, from + width + 1, PAGE);
    const fresh = rows.filter((row) => row.seq > from);
    const whole = fresh.length < rows.length || next == null || next <= from + 1;
    if (!whole && width > PAGE) {
      width = Math.max(PAGE, Math.floor(width / 2));
    } else if (fresh.length === 0) {
      from += width;
      width *= 4;
    } else {
      return { rows: fresh.toReversed(), atEnd: from + width >= newest };
    }
  }
  return { rows: [], atEnd: true };
}

/** All rows with numbers from `first` to `last`, both included, oldest first. */
export async function readBetween(
  read: ReadPage,
  filter: string,
  first: number,
  last: number,
): Promise<Exchange[]> {
  const found: Exchange[] = [];
  let before: number | null = last + 1;
  while (before !== null && before > first) {
    // Where to read next depends on what this finds.
    // oxlint-disable-next-line no-await-in-loop
    const page: ExchangePage = await read(filter, before, PAGE);
    found.push(...page.rows);
    before = page.next ?? null;
  }
  return found.filter(({ seq }) => seq >= first).toReversed();
}
