import { expect, test } from "vitest";
import { matchScore } from "./match.ts";

const best = (typed: string, names: string[]) =>
  names
    .map((name) => ({ name, score: matchScore(typed, name) }))
    .filter((match) => match.score !== null)
    .toSorted((a, b) => (b.score ?? 0) - (a.score ?? 0))[0]?.name;

test("the first letters of words find a command", () => {
  expect(best("gt", ["Edit right away", "Go to Traffic", "Growth"])).toBe("Go to Traffic");
});

test("letters in a row beat letters apart", () => {
  expect(best("dark", ["Discard a rank", "Theme: dark"])).toBe("Theme: dark");
});

test("letters out of order do not match", () => {
  expect(matchScore("cba", "abc")).toBeNull();
});

test("nothing typed matches everything", () => {
  expect(matchScore("", "anything")).toBe(0);
});
