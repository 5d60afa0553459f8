/** What is known of a live log at a moment, and where it comes from. */
import type { EventFeed } from "@/api/events.ts";
import type { Problem } from "@/api/index.ts";
import type { SortBy } from "./columns.ts";
import type { ReadCells } from "./detailCells.ts";
import type { Exchange } from "./exchange.ts";
import type { Progress, ReadPage } from "./olderAndNewer.ts";

/**
 * live: the newest rows, in fixed places. scrolled: a place in the log that does not move.
 * paused: the same, because someone asked for it.
 */
export type Mode = "live" | "scrolled" | "paused";

/** An order of rows that is not that of time. */
export interface Sort {
  by: SortBy;
  descending: boolean;
}

/** Rows that were put in an order once, as they were then. */
export interface SortedRows extends Sort {
  shown: number;
  /** How many match, as far as was looked. */
  of: number;
  /** Whether older rows were not looked at. */
  partial: boolean;
}

/** Reads the first rows of a filter in an order. */
export type ReadSorted = (
  filter: string,
  sort: Sort,
) => Promise<{ rows: readonly Exchange[]; of: number; looked_from?: number | null }>;

export interface LogState {
  mode: Mode;
  /** When it was paused, in milliseconds since 1970. */
  pausedAt: number | null;
  /** Rows that came since it is not live and were not read yet. */
  fresh: number;
  /** The filter in force: the last one that could be read. `null` before the first answer. */
  filter: string | null;
  /** Why the wanted filter is not in force, or the log could not be read. */
  problem: Problem | null;
  /** Whether there is no row to show. */
  empty: boolean;
  /** The current row, if any. */
  active: string | null;
  /** How far looking for older rows has come, while it takes long. */
  search: Progress | null;
  /** The order of the rows, where it is not that in which they ended. */
  sorted: SortedRows | null;
  /** Whether rows after each other that say the same are shown as one. */
  grouped: boolean;
}

/** Where the log comes from. */
export interface LogSource {
  read: ReadPage;
  readSorted: ReadSorted;
  /** Reads cells that are made of the detail of requests. */
  readCells?: ReadCells;
  feed: Pick<EventFeed, "listen" | "ask">;
}

/** Before anything is known. */
export const FIRST: LogState = {
  mode: "live",
  pausedAt: null,
  fresh: 0,
  filter: null,
  problem: null,
  empty: true,
  active: null,
  search: null,
  sorted: null,
  grouped: false,
};
