import { expect, test } from "vitest";
import { exchange } from "./fixtures.ts";
import { groupRepeats, placeOf } from "./repeats.ts";

test("rows after each other that say the same become one, with how often and how long", () => {
  const row = (seq: number, ms: number, change = {}) =>
    exchange({ seq, duration_us: ms * 1000, status: 200, ...change });
  const rows = groupRepeats([
    row(1, 9),
    row(2, 1),
    row(3, 5, { path: "/elsewhere" }),
    row(4, 2, { status: 429 }),
    row(5, 3),
    row(6, 3, { method: "POST" }),
    row(7, 3, { method: "POST", route: "other" }),
    row(8, 3, { method: "POST", route: "other", ending: "running" }),
  ]);
  expect(rows.map(({ seq, repeats }) => [seq, repeats?.count ?? 1])).toEqual([
    [3, 3],
    [4, 1],
    [5, 1],
    [6, 1],
    [7, 1],
    [8, 1],
  ]);
  expect(rows[0]?.repeats).toMatchObject({
    leastUs: 1000,
    medianUs: 5000,
    mostUs: 9000,
    onOtherPaths: true,
  });
  expect(placeOf(rows, exchange({ seq: 1 }).id)).toBe(0);
  expect(placeOf(rows, exchange({ seq: 4 }).id)).toBe(1);
  expect(placeOf(rows, "none")).toBe(-1);
});
