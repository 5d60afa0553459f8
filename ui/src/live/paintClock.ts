import { createStore } from "@/store.ts";

const NORMAL_MS = 100;
const SLOWED_MS = 250;
const CALM_MS = 500;
/** A frame that takes longer than this is felt. */
const SLOW_FRAME_MS = 25;
/** About as many frames as paints of the last seconds. */
const MEASURED = 20;

/**
 * Says when to paint: at most once a frame for what a person does, ten times a second for what
 * arrives, less where the machine cannot keep up or the person wants less motion. A hidden page has
 * no frames and paints nothing.
 */
export class PaintClock {
  /** Whether it paints less often because frames take too long. */
  readonly slowed = createStore<boolean>(false);
  readonly #paint: () => void;
  readonly #gaps: number[] = [];
  #frame: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(paint: () => void) {
    this.#paint = paint;
  }

  /** Paints soon; `urgent` with the next frame. */
  request(urgent: boolean): void {
    if (this.#frame !== null) return;
    const wait = urgent ? 0 : this.#last + this.#interval() - performance.now();
    if (wait <= 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#frame = requestAnimationFrame((now) => this.#run(now));
    } else {
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.request(true);
      }, wait);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  #run(now: number): void {
    this.#frame = null;
    this.#last = performance.now();
    this.#paint();
    requestAnimationFrame((next) => this.#measure(next - now));
  }

  /** How long the frame after a painted one had to wait. */
  #measure(gap: number): void {
    this.#gaps.push(gap);
    if (this.#gaps.length < MEASURED) return;
    const middle = this.#gaps.toSorted((a, b) => a - b)[MEASURED / 2] ?? 0;
    this.#gaps.length = 0;
    this.slowed.set(middle > SLOW_FRAME_MS);
  }

  #interval(): number {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return CALM_MS;
    return this.slowed.get() ? SLOWED_MS : NORMAL_MS;
  }
}
