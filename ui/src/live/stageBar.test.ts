import { expect, test } from "vitest";
import type { Exchange } from "./exchange.ts";
import { exchange } from "./fixtures.ts";
import { barScale } from "./stageBar.ts";

const lasted = (ms: number, stream: Exchange["stream"] = null) =>
  exchange({ duration_us: ms * 1000, stream });

test("a whole bar is what nearly all rows stay below, rounded up", () => {
  expect(barScale([3, 7, 12, 18].map((ms) => lasted(ms)))).toBe(20_000);
});

test("a stream that was open for long does not make dots of all other bars", () => {
  const rows = [lasted(3), lasted(18), lasted(60_000, "websocket")];
  expect(barScale(rows)).toBe(20_000);
  expect(barScale([lasted(60_000, "websocket")])).toBe(100_000_000);
});
