import { expect, test } from "vitest";
import { type Series, alone, moved, partAt, stacked, times } from "./series.ts";

const series: Series[] = [
  { label: "2xx", color: "chart-2xx", values: [5, 0, 1] },
  { label: "5xx", color: "chart-5xx", values: [1, 2, null] },
];

test("bars are stacked, and a height belongs to one part", () => {
  expect(stacked(series)).toEqual([
    [5, 0, 1],
    [6, 2, 1],
  ]);
  expect(partAt(series, 0, 5)?.label).toBe("2xx");
  expect(partAt(series, 0, 5.5)?.label).toBe("5xx");
  expect(partAt(series, 1, 0)?.label).toBe("5xx");
  expect(partAt(series, 0, 7)).toBeNull();
  expect(times({ since: 60, step: 5, series })).toEqual([60, 65, 70]);
});

test("keys move within the points", () => {
  expect(moved(null, "ArrowRight", 3)).toBe(0);
  expect(moved(2, "ArrowRight", 3)).toBe(2);
  expect(moved(null, "ArrowLeft", 3)).toBe(2);
  expect(moved(1, "Home", 3)).toBe(0);
  expect(moved(1, "x", 3)).toBeNull();
  expect(moved(null, "End", 0)).toBeNull();
});

test("a value with none beside it is drawn as a point", () => {
  expect(alone([null, 3, null, 4, 5, null, 6])).toEqual([1, 6]);
  expect(alone([7])).toEqual([0]);
  expect(alone([1, 2])).toEqual([]);
});
