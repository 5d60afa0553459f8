import { expect, test } from "vitest";
import { type Bin, LiveHistogram, NONE } from "./liveHistogram.ts";

const SECOND = 1e6;
const bin = (changes: Partial<Bin>): Bin => ({ ...NONE, ...changes });

/** Counted up to number 100: three requests in the second bin of ten seconds. */
const counted = (countedTo = 100) => ({
  from_us: 1000 * SECOND,
  bin_us: 10 * SECOND,
  bins: [NONE, bin({ ok: 2, failed: 1 }), NONE],
  total: 3,
  counted_to: countedTo,
});

test("what is told is added to what was counted, in its bin and class", () => {
  const histogram = new LiveHistogram();
  expect(histogram.strip(0, 1)).toBeNull();
  histogram.set(counted());
  histogram.take({ newest: 105, counts: [{ at_s: 1019, ...bin({ failed: 4 }) }] });
  histogram.take({ newest: 106, counts: [{ at_s: 1031, ...bin({ ok: 1 }) }] });
  const strip = histogram.strip(1000 * SECOND, 1035 * SECOND);
  expect(strip).toEqual({
    fromUs: 1000 * SECOND,
    binUs: 10 * SECOND,
    bins: [NONE, bin({ ok: 2, failed: 5 }), NONE, bin({ ok: 1 })],
    total: 8,
    partial: false,
  });
});

test("what was told before and is counted too is there once", () => {
  const histogram = new LiveHistogram();
  histogram.take({ newest: 99, counts: [{ at_s: 1011, ...bin({ ok: 2 }) }] });
  histogram.take({ newest: 103, counts: [{ at_s: 1012, ...bin({ ok: 3 }) }] });
  histogram.set(counted());
  expect(histogram.strip(1000 * SECOND, 1020 * SECOND)?.total).toBe(6);
  histogram.set(counted(103));
  expect(histogram.strip(1000 * SECOND, 1020 * SECOND)?.total).toBe(3);
});

test("the strip moves on with time, and says where older requests were left out", () => {
  const histogram = new LiveHistogram();
  histogram.set({ ...counted(), counted_from: 40 });
  const strip = histogram.strip(1010 * SECOND, 1049 * SECOND);
  expect(strip?.bins.length).toBe(4);
  expect(strip?.bins[0]).toEqual(bin({ ok: 2, failed: 1 }));
  expect(strip?.partial).toBe(true);
});
