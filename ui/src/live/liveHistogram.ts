import type { components } from "@/api/index.ts";
import { createStore } from "@/store.ts";
import type { Traffic } from "./exchange.ts";

type Schemas = components["schemas"];
export type Histogram = Schemas["Histogram"];
export type Bin = Schemas["Bin"];

/** The classes of status in the order they are stacked, from the bottom. */
export const CLASSES = ["ok", "redirected", "other", "refused", "failed"] as const;
export type Class = (typeof CLASSES)[number];

/** A stretch of time with equal bins. Times are in microseconds since 1970. */
export interface Strip {
  fromUs: number;
  binUs: number;
  bins: readonly Bin[];
  total: number;
  /** Whether older requests were left out, because counting them would have taken too long. */
  partial: boolean;
}

export const NONE: Bin = { ok: 0, redirected: 0, refused: 0, failed: 0, other: 0 };

/** How many requests a bin has. */
export function totalOf(bin: Bin): number {
  return CLASSES.reduce((sum, one) => sum + bin[one], 0);
}

/**
 * Requests over time: what the gateway counted in its log, and what it told since. Counting again
 * now and then puts right what fell between the two.
 */
export class LiveHistogram {
  /** Changes with every count, however often. */
  readonly changes = createStore<number>(0);
  #bins = new Map<number, Bin>();
  #binUs = 0;
  #partial = false;
  #countedTo = 0;
  #recent: { newest: number; counts: Traffic["counts"] }[] = [];

  /** The log was counted. */
  set(histogram: Histogram): void {
    const first = Math.round(histogram.from_us / histogram.bin_us);
    this.#binUs = histogram.bin_us;
    this.#partial = histogram.counted_from != null;
    this.#countedTo = histogram.counted_to;
    this.#bins = new Map(histogram.bins.map((bin, at) => [first + at, bin]));
    for (const { newest, counts } of this.#recent) {
      if (newest > this.#countedTo) this.#add(counts);
    }
    this.#changed();
  }

  /** Requests ended since. */
  take({ counts, newest }: Pick<Traffic, "counts" | "newest">): void {
    if (counts.length === 0) return;
    // Rows reach the log up to 200 ms after they were told: 30 events are three seconds.
    this.#recent = [...this.#recent.slice(-30), { newest, counts }];
    if (this.#binUs === 0 || newest <= this.#countedTo) return;
    this.#add(counts);
    this.#changed();
  }

  /** The bins from a moment to another; `null` before the log was counted. */
  strip(fromUs: number, toUs: number): Strip | null {
    const binUs = this.#binUs;
    if (binUs === 0) return null;
    const [first, last] = [Math.floor(fromUs / binUs), Math.floor(toUs / binUs)];
    const bins = Array.from(
      { length: Math.max(1, last - first + 1) },
      (_, at) => this.#bins.get(first + at) ?? NONE,
    );
    const total = bins.reduce((sum, bin) => sum + totalOf(bin), 0);
    return { fromUs: first * binUs, binUs, bins, total, partial: this.#partial };
  }

  #add(counts: Traffic["counts"]): void {
    for (const { at_s, ...count } of counts) {
      const at = Math.floor((at_s * 1e6) / this.#binUs);
      const bin = this.#bins.get(at) ?? NONE;
      const sum = { ...bin };
      for (const one of CLASSES) sum[one] += count[one];
      this.#bins.set(at, sum);
    }
  }

  #changed(): void {
    this.changes.set((count) => count + 1);
  }
}
