import { expect, test } from "vitest";
import { even, sharesOf, weightsOf, withHandle, withShare } from "./shares.ts";

const names = ["a", "b", "c"];
const sum = (shares: readonly number[]) => shares.reduce((all, one) => all + one, 0);

test("weights are shares in percents that sum to 100, whatever their sum is", () => {
  const shares = (weights: number[]) => sharesOf(weightsOf(weights, names), names);
  expect(shares([1, 1, 1])).toEqual([34, 33, 33]);
  expect(shares([900, 99, 1])).toEqual([90, 10, 0]);
  expect(shares([0, 0, 0])).toEqual([34, 33, 33]);
  expect(sharesOf([{ version: "b", weight: 7 }], names)).toEqual([0, 100, 0]);
  expect(even(7)).toEqual([15, 15, 14, 14, 14, 14, 14]);
});

test("a share takes from the one before it, and from the rest what that has not", () => {
  expect(withShare([50, 30, 20], 0, 60, 2)).toEqual([60, 30, 10]);
  expect(withShare([50, 30, 20], 0, 80, 2)).toEqual([80, 20, 0]);
  expect(withShare([50, 30, 20], 1, 10, null)).toEqual([70, 10, 20]);
});

test("a handle moves between its neighbours and no further", () => {
  expect(withHandle([50, 30, 20], 0, 65)).toEqual([65, 15, 20]);
  expect(withHandle([50, 30, 20], 0, 95)).toEqual([80, 0, 20]);
  expect(withHandle([50, 30, 20], 1, 0)).toEqual([50, 0, 50]);
  expect(withHandle([50, 30, 20], 1, 60.4)).toEqual([50, 10, 40]);
});

test("however shares are changed, they sum to 100 and none is below 0", () => {
  let shares = even(3);
  for (let step = 0; step < 300; step += 1) {
    const at = step % 3;
    shares =
      step % 2 === 0
        ? withShare(shares, at, (step * 37) % 101, (step * 7) % 3)
        : withHandle(shares, at % 2, (step * 53) % 101);
    expect(sum(shares)).toBe(100);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
  }
});
