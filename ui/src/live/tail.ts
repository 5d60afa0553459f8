import type { Exchange, Traffic } from "./exchange.ts";

/** How many of the newest rows are kept: a screen and some to scroll back to at once. */
const KEPT = 400;

/**
 * The newest rows of the log that match the filter. There is never a gap in them: when the gateway
 * tells that it left some out, what came before the gap is let go; the log still has it.
 */
export class Tail {
  /** Requests that ended, in order of their numbers. */
  ended: readonly Exchange[] = [];
  /** Requests whose answers are under way, oldest first. */
  running: readonly Exchange[] = [];

  /** The highest number so far; 0 before the first. */
  get newest(): number {
    return this.ended.at(-1)?.seq ?? 0;
  }

  /** Forgets everything. */
  reset(): void {
    this.ended = [];
    this.running = [];
  }

  /** Changes the rows that ended. */
  amend(change: (rows: readonly Exchange[]) => readonly Exchange[]): void {
    this.ended = change(this.ended);
  }

  /** Adds what one event tells. */
  take({ rows, omitted, open }: Pick<Traffic, "rows" | "omitted" | "open">): void {
    this.running = open;
    const fresh = rows.filter((row) => row.seq > this.newest);
    if (omitted > 0) this.ended = fresh;
    else if (fresh.length > 0) this.ended = [...this.ended, ...fresh].slice(-KEPT);
  }

  /** Puts the newest rows as just read from the log, oldest first, together with what was told since. */
  join(read: readonly Exchange[]): void {
    const from = read[0]?.seq ?? 0;
    const known = new Set(read.map((row) => row.seq));
    const told = this.ended.filter((row) => row.seq > from && !known.has(row.seq));
    this.ended = [...read, ...told].toSorted((a, b) => a.seq - b.seq).slice(-KEPT);
  }
}
