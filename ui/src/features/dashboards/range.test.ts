import { expect, test } from "vitest";
import { look, pan, refreshEvery, zoom } from "./range.ts";

test("a range is one of those offered, or a span of time", () => {
  expect(look("5m")).toMatchObject({ kind: "last", range: { seconds: 300 } });
  expect(look(undefined)).toMatchObject({ range: { seconds: 3600 } });
  expect(look("nonsense")).toMatchObject({ range: { seconds: 3600 } });
  expect(look("5m", 10, 20)).toEqual({ kind: "span", span: { from: 10, to: 20 } });
  expect(look("5m", 20, 10)).toMatchObject({ kind: "last" });
});

test("what is past is not asked for again; a minute is live", () => {
  expect(refreshEvery(look("1m"))).toBe(1000);
  expect(refreshEvery(look("24h"))).toBe(30_000);
  expect(refreshEvery(look(undefined, 10, 20))).toBe(false);
});

test("zooming keeps the middle, and nothing goes beyond now", () => {
  expect(zoom({ from: 0, to: 400 }, 0.5, 1000)).toEqual({ from: 100, to: 300 });
  expect(zoom({ from: 800, to: 1000 }, 2, 1000)).toEqual({ from: 600, to: 1000 });
  expect(zoom({ from: 990, to: 1000 }, 0.5, 1000)).toEqual({ from: 990, to: 1000 });
  expect(pan({ from: 0, to: 400 }, -1, 1000)).toEqual({ from: -100, to: 300 });
  expect(pan({ from: 600, to: 1000 }, 1, 1000)).toEqual({ from: 600, to: 1000 });
});
