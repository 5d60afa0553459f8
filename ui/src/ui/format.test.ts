import { expect, test } from "vitest";
import * as format from "./format.ts";

test.each([
  [0.412, "0.412 ms"],
  [48.71, "48.7 ms"],
  [999, "999 ms"],
  [1204, "1.2 s"],
  [200_000, "3 min 20 s"],
  [3_600_000, "1 h"],
  [90_000_000, "1 d 1 h"],
])("a duration of %s ms reads %s", (ms, text) => {
  expect(format.duration(ms)).toBe(text);
});

test.each([
  [0, "0 B"],
  [512, "512 B"],
  [999, "999 B"],
  [12_340, "12.3 kB"],
  [999_999, "1 MB"],
  [1_050_000, "1.05 MB"],
])("%s bytes read %s", (size, text) => {
  expect(format.bytes(size)).toBe(text);
});

test("a time of another day says which day", () => {
  const now = new Date(2026, 10, 23, 12, 0, 0).getTime();
  expect(format.time(new Date(2026, 10, 23, 9, 5, 7).getTime(), now)).toBe("09:05:07");
  expect(format.time(new Date(2026, 10, 21, 9, 5, 7).getTime(), now)).toContain("21");
});

test("a time of day keeps its milliseconds", () => {
  expect(format.timeOfDay(new Date(2026, 0, 1, 14, 2, 11, 48).getTime())).toBe("14:02:11.048");
});

test.each([
  [0, "now"],
  [-5, "5 sec. ago"],
  [-120, "2 min. ago"],
  [7200, "in 2 hr."],
])("%s seconds from now reads %s", (seconds, text) => {
  expect(format.relativeTime(1_000_000 + seconds * 1000, 1_000_000)).toBe(text);
});

test("one thing is singular", () => {
  expect(format.plural(1, "request")).toBe("1 request");
  expect(format.plural(1204, "request")).toBe("1,204 requests");
});
