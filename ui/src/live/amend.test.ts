import { expect, test } from "vitest";
import { marked, without, withRows } from "./amend.ts";
import { exchange } from "./fixtures.ts";

const rows = [3, 5, 7].map((seq) => exchange({ seq }));
const ids = (...seqs: number[]) => new Set(seqs.map((seq) => exchange({ seq }).id));
const seqs = (list: readonly { seq: number }[]) => list.map(({ seq }) => seq);

test("what nothing was done to stays the same object", () => {
  const pinned = marked(rows, ids(5, 9), true);
  expect(pinned.map((row) => row.pinned ?? false)).toEqual([false, true, false]);
  expect(pinned[0]).toBe(rows[0]);
  expect(marked(pinned, ids(5), true)).toBe(pinned);
  expect(marked(rows, ids(3), false)).toBe(rows);
  expect(seqs(without(rows, ids(3, 9)))).toEqual([5, 7]);
  expect(without(rows, ids(4))).toBe(rows);
});

test("rows come back to their places, but not where rows in between are not at hand", () => {
  const back = [1, 4, 5, 9].map((seq) => exchange({ seq }));
  expect(seqs(withRows(rows, back, 8, false))).toEqual([3, 4, 5, 7]);
  expect(seqs(withRows(rows, back, 7, false))).toEqual([3, 4, 5, 7, 9]);
  expect(seqs(withRows(rows, back, 8, true))).toEqual([1, 3, 4, 5, 7]);
  expect(seqs(withRows([], back, 0, true))).toEqual([1, 4, 5, 9]);
  expect(withRows(rows, [exchange({ seq: 5 })], 7, true)).toBe(rows);
});
