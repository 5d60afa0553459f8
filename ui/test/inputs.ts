import { expect } from "vitest";

const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta"]);

/**
 * Counts what a person does from now on: presses of the pointer and of keys, a modifier with its key as one.
 * The returned function says that it was so many at most, and something.
 */
export function countInputs(): (most: number) => void {
  let inputs = 0;
  const stop = new AbortController();
  const options = { capture: true, signal: stop.signal };
  addEventListener("pointerdown", () => (inputs += 1), options);
  addEventListener("keydown", ({ key }) => (inputs += MODIFIERS.has(key) ? 0 : 1), options);
  return (most) => {
    stop.abort();
    expect(inputs).toBeGreaterThan(0);
    expect(inputs).toBeLessThanOrEqual(most);
  };
}
