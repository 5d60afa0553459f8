import { expect, test } from "vitest";
import { between, exactly, filterFor, whose } from "./links.ts";

test("a mark leads to its rows by what it stands for and when", () => {
  expect(
    filterFor(["status:5xx", exactly("key", "Acme CI"), undefined], {
      from: 1_767_225_600,
      to: 1_767_225_660,
    }),
  ).toBe('status:5xx key:="Acme CI" since:2026-01-01T00:00:00Z until:2026-01-01T00:01:00Z');
  expect(exactly("route", "orders")).toBe("route:=orders");
  expect(exactly("key", 'a"b\\c')).toBe('key:="a\\"b\\\\c"');
  expect(exactly("key", null)).toBeUndefined();
  expect(whose("consumer", "a (b)")).toBe('consumer:="a (b)"');
  expect(whose("plan", undefined)).toBe("-has:plan");
  expect(between(128, 256)).toBe("duration:0.128ms..0.256ms");
});
