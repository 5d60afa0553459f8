import { expect, test } from "vitest";
import { inUnit, toBytes } from "./sizes.ts";

test("a size is shown in the largest whole unit and read back the same", () => {
  for (const [bytes, count, unit] of [
    [65_536, 64, "KiB"],
    [2_147_483_648, 2, "GiB"],
    [1_500_000, 1_500_000, "B"],
    [0, 0, "KiB"],
  ] as const) {
    expect(inUnit(bytes)).toEqual({ count, unit });
    expect(toBytes(count, unit)).toBe(bytes);
  }
});
