import { expect, test } from "vitest";
import { compareLines } from "./policyLines.ts";

const line = (title: string, text: string) => ({
  part: "Route orders",
  title,
  text,
  sums: text,
});

test("what is different now stands beside what held then", () => {
  const then = [line("Match", "/orders"), line("Limits", "none"), line("Mock", "always")];
  const now = [line("Match", "/orders"), line("Limits", "60 per minute"), line("Versions", "v1")];
  expect(compareLines(then, now)).toEqual([
    { ...line("Match", "/orders"), is: "same" },
    { ...line("Limits", "none"), is: "other", now: "60 per minute" },
    { ...line("Mock", "always"), is: "gone" },
    { ...line("Versions", "v1"), is: "new" },
  ]);
});

test("what is called the same and is not the same is told", () => {
  const then = [{ ...line("Limits", "few"), sums: [{ requests: 5 }] }];
  const now = [{ ...line("Limits", "few"), sums: [{ requests: 9 }] }];
  expect(compareLines(then, now)).toMatchObject([{ is: "other", now: null }]);
});

test("a revision that is not kept any more is shown as it is now", () => {
  expect(compareLines(null, [line("Match", "/orders")])).toEqual([
    { ...line("Match", "/orders"), is: "same" },
  ]);
  expect(compareLines([line("Match", "/orders")], null)).toMatchObject([{ is: "gone" }]);
});
