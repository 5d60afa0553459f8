import { createStore } from "@/store.ts";

/** How many rows came in the last second, and how many of them could be shown. */
export interface PaceOfASecond {
  arrived: number;
  shown: number;
}

/** Counts arriving rows and tells once a second. */
export class Pace {
  readonly lastSecond = createStore<PaceOfASecond>({ arrived: 0, shown: 0 });
  #arrived = 0;
  #shown = 0;

  count(arrived: number, shown: number): void {
    this.#arrived += arrived;
    this.#shown += shown;
  }

  /** Begins to tell; call the returned function to stop. */
  start(): () => void {
    const timer = setInterval(() => this.tell(), 1000);
    return () => clearInterval(timer);
  }

  tell(): void {
    const { arrived, shown } = this.lastSecond.get();
    if (arrived !== this.#arrived || shown !== this.#shown) {
      this.lastSecond.set({ arrived: this.#arrived, shown: this.#shown });
    }
    this.#arrived = 0;
    this.#shown = 0;
  }
}
