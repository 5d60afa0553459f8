import { expect, test, vi } from "vitest";
import { exchange } from "@/live/fixtures.ts";
import { fakeTraffic, grid, openTraffic, paths } from "./testTraffic.tsx";

const traffic = fakeTraffic();

/** What a row writes at most when all of it changes: its texts, classes, labels and bar. */
const WRITES_A_ROW = 20;

test("5,000 rows a second make neither more elements nor a write for each row", async () => {
  await openTraffic();
  await vi.waitFor(() => expect(traffic.asked().get("rows")).toBe("80"));
  let written = 0;
  const observer = new MutationObserver((records) => {
    written += records.length;
  });
  observer.observe(grid().element(), {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
  });

  let seq = 0;
  for (let tick = 0; tick < 20; tick += 1) {
    traffic.end(Array.from({ length: 500 }, () => exchange({ seq: (seq += 1) })));
    // The gateway tells ten times a second.
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await vi.waitFor(() => expect(paths().at(-1)).toBe("/orders/18000"));
  const rows = document.querySelectorAll(".log-row").length;
  expect(rows).toBeGreaterThan(10);
  expect(document.querySelectorAll("*").length).toBeLessThanOrEqual(1500);
  expect(written).toBeLessThanOrEqual(rows * WRITES_A_ROW * 21);
  expect(written).toBeGreaterThan(rows);

  // Nothing new: whatever is painted in the next tenths of a second writes nothing.
  written = 0;
  traffic.end([]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(written).toBe(0);
  observer.disconnect();
});
