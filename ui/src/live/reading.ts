import type { Exchange } from "./exchange.ts";
import { type OlderOptions, readNewer, readOlder, type ReadPage } from "./olderAndNewer.ts";

/** Most rows held at once: 20 pages around what is being read. */
const MOST = 4000;
/** The newest rows reach the log up to 200 ms after they were told. */
const WRITTEN_WITHIN_MS = 2000;
const LOOK_AGAIN_MS = 100;

/**
 * The rows around a place in the log that does not move while someone reads it. Both ends grow when
 * asked to; the end that is farther away is let go of, so that the whole log is never held.
 */
export class Reading {
  /** In order of their numbers, without gaps. */
  rows: readonly Exchange[];
  /** Whether the oldest row of the log is among them. */
  atStart = false;
  /** Whether someone did not want to wait for older rows. */
  stopped = false;
  /** Rows that were still running when reading began; shown after the others. */
  held: readonly Exchange[];
  readonly #read: ReadPage;
  readonly #filter: string;

  constructor(
    read: ReadPage,
    filter: string,
    rows: readonly Exchange[],
    held: readonly Exchange[] = [],
  ) {
    this.#read = read;
    this.#filter = filter;
    this.rows = rows;
    this.held = held;
  }

  /** All rows in the order they are shown. */
  get list(): readonly Exchange[] {
    return this.held.length === 0 ? this.rows : [...this.rows, ...this.held];
  }

  /** Changes the rows at hand. */
  amend(change: (rows: readonly Exchange[]) => readonly Exchange[]): void {
    this.rows = change(this.rows);
    // They have ended meanwhile, and may be meant too.
    if (this.held.length > 0) this.held = change(this.held);
  }

  /** What became of the rows that were running. */
  update(running: readonly Exchange[], ended: readonly Exchange[]): void {
    if (this.held.length === 0) return;
    const now = new Map([...running, ...ended].map((row) => [row.id, row]));
    this.held = this.held.map((row) => now.get(row.id) ?? row);
  }

  /** Adds older rows; resolves to how many. */
  async older(options: OlderOptions = {}): Promise<number> {
    if (this.atStart) return 0;
    const first = this.rows[0];
    const { rows, atEnd } = await this.#readBefore(first, options);
    const added = rows.filter((row) => row.seq < (first?.seq ?? Number.POSITIVE_INFINITY));
    this.atStart = atEnd;
    this.rows = [...added, ...this.rows];
    if (this.rows.length > MOST) {
      this.rows = this.rows.slice(0, MOST);
      this.held = [];
    }
    return added.length;
  }

  /** Adds newer rows up to number `newest`; resolves to how many were added and let go of. */
  async newer(newest: number): Promise<{ added: readonly Exchange[]; removed: number }> {
    const last = this.rows.at(-1)?.seq ?? 0;
    const stretch = await readNewer(this.#read, this.#filter, last, newest);
    const rows = stretch.rows.filter((row) => row.seq <= newest);
    if (rows.length === 0) return { added: [], removed: 0 };
    this.held = [];
    const all = [...this.rows, ...rows];
    const removed = Math.max(0, all.length - MOST);
    this.rows = all.slice(removed);
    if (removed > 0) this.atStart = false;
    return { added: rows, removed };
  }

  /** Goes to the rows up to a number; to the first ones, where there are none before it. */
  async toPlace(seq: number, newest: number): Promise<void> {
    const { rows, atEnd } = await readOlder(this.#read, this.#filter, seq + 1);
    if (rows.length === 0) return this.toStart(newest);
    this.rows = rows;
    this.held = [];
    this.atStart = atEnd;
    this.stopped = false;
  }

  /** Goes to the first rows of the log. */
  async toStart(newest: number): Promise<void> {
    const { rows } = await readNewer(this.#read, this.#filter, 0, newest);
    this.rows = rows;
    this.held = [];
    this.atStart = true;
  }

  /**
   * Reads from the first row on, that row included: if it is not in the log yet, neither are those
   * just before it, and they would be missing for good.
   */
  async #readBefore(first: Exchange | undefined, options: OlderOptions) {
    const before = first === undefined ? null : first.seq + 1;
    const giveUp = performance.now() + WRITTEN_WITHIN_MS;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop
      const stretch = await readOlder(this.#read, this.#filter, before, {
        // The first row is known already.
        enough: first === undefined ? 1 : 2,
        ...options,
      });
      const written = first === undefined || stretch.rows.at(-1)?.seq === first.seq;
      if (written || performance.now() > giveUp) return stretch;
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }
}
