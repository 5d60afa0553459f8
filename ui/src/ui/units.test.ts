import { expect, test } from "vitest";
import { inUnit, SIZES, TIMES } from "./units.ts";

test("an amount is shown in the largest whole unit and read back the same", () => {
  for (const [amount, count, name, units] of [
    [65_536, 64, "KiB", SIZES],
    [2_147_483_648, 2, "GiB", SIZES],
    [1_500_000, 1_500_000, "B", SIZES],
    [0, 0, "KiB", SIZES],
    [60_000, 1, "min", TIMES],
    [90_000, 90, "s", TIMES],
    [1_500, 1_500, "ms", TIMES],
    [86_400_000, 24, "h", TIMES],
  ] as const) {
    const shown = inUnit(amount, units);
    expect(shown).toMatchObject({ count, unit: { name } });
    expect(shown.count * shown.unit.is).toBe(amount);
  }
});
