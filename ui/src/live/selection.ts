import { createStore } from "@/store.ts";
import type { Exchange } from "./exchange.ts";
import type { LiveLog } from "./liveLog.ts";

/** Most requests at a time: what one call of the gateway takes. */
export const MOST_SELECTED = 1000;

const NOTHING: ReadonlySet<string> = new Set();

/**
 * Several rows of the log after each other, from the one where it began to the current one. Holds ids, since
 * rows come and go.
 */
export class RowSelection {
  /** The ids of the requests that are selected; none or at least two rows' worth. */
  readonly ids = createStore<ReadonlySet<string>>(NOTHING);
  readonly #log: LiveLog;
  #anchor: string | null = null;

  constructor(log: LiveLog) {
    this.#log = log;
  }

  /** Makes the next (1) or the previous (-1) row the current one, and part of what is selected. */
  extend(by: 1 | -1): void {
    this.#anchor ??= this.#log.active()?.id ?? null;
    const before = this.#log.active()?.id ?? null;
    this.#log.moveActive(by);
    if (!this.#reach()) this.#log.activate(before);
  }

  /** Makes a row the current one, and selects all between where it began and that one. */
  extendTo(id: string): void {
    this.#anchor ??= this.#log.active()?.id ?? id;
    const before = this.#log.active()?.id ?? null;
    this.#log.activate(id);
    if (!this.#reach()) this.#log.activate(before);
  }

  /** Selects nothing. `true` if something was selected. */
  clear(): boolean {
    this.#anchor = null;
    const had = this.ids.get().size > 0;
    this.ids.set(NOTHING);
    return had;
  }

  /** The selected requests, as far as they are at hand, in order. */
  rows(): readonly Exchange[] {
    return this.#log.having(this.ids.get());
  }

  /** Selects up to the current row; `false` if that is too much. */
  #reach(): boolean {
    const active = this.#log.active()?.id ?? null;
    if (active === null) return true;
    this.#anchor ??= active;
    const rows = this.#log.between(this.#anchor, active);
    const ids = new Set<string>();
    for (const { id, repeats } of rows) {
      for (const one of repeats?.ids ?? [id]) ids.add(one);
    }
    if (ids.size > MOST_SELECTED) return false;
    this.ids.set(ids.size > 1 ? ids : NOTHING);
    return true;
  }
}
