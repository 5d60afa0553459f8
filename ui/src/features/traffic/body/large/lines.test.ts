import { expect, test } from "vitest";
import { type BodyIndex, type BodyPage, linesOf, lineOf, pageOf, pagesOf } from "./lines.ts";

const index = (page_lines: number[]): BodyIndex => ({
  view: "sent",
  is_text: true,
  bytes: 1,
  lines: 1,
  longest_line: 1,
  page_lines,
});

const page = (text: string, changes: Partial<BodyPage> = {}): BodyPage => ({
  page: 0,
  first_line: 0,
  begins_inside: false,
  rest_of_last_line: 0,
  text,
  ...changes,
});

test("a line is on the last page whose first line is not behind it", () => {
  const lines = index([0, 10, 11, 11, 30]);
  expect([0, 9, 10, 11, 29, 30, 99].map((line) => pageOf(lines, line))).toEqual([
    0, 0, 1, 3, 3, 4, 4,
  ]);
  expect(pagesOf(lines, 9, 11)).toEqual([0, 1, 2, 3]);
});

test("what goes on from the page before is no line of its own", () => {
  const inside = page("rest\nb\nc", { begins_inside: true, first_line: 5 });
  expect(linesOf(inside).map(({ text }) => text)).toEqual(["b", "c"]);
  expect(lineOf(inside, 6)?.text).toBe("c");
  expect(lineOf(inside, 8)).toBeUndefined();
});

test("very long lines are cut short, with how much is missing", () => {
  const long = page("x".repeat(65_536), { rest_of_last_line: 1_000_000 });
  const [line] = linesOf(long);
  expect(line?.text).toHaveLength(2_000);
  expect(line?.more).toBe(1_063_536);
  expect(linesOf(page("x".repeat(10_000)))[0]?.more).toBe(0);
});
