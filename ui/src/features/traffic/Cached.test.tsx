import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { DETAILS } from "./fixtures.ts";
import type { Detail } from "./queries.ts";
import { fakeTraffic, grid, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const stage = (title: string) =>
  page.getByRole("list", { name: "Stages" }).getByRole("listitem").filter({ hasText: title });

const HIT: Detail = {
  ...DETAILS[200],
  summary: {
    ...DETAILS[200].summary,
    source: "cache",
    cache: "hit",
    note: "kept",
    decided_by: "cache",
    tries: 0,
  },
  attempts: [],
  trace: [
    ...DETAILS[200].trace.filter(({ stage: one }) => one !== "forward"),
    {
      stage: "cache",
      verdict: "answered",
      at_us: 300,
      took_us: 12,
      facts: {
        kind: "cache",
        result: "hit",
        reason: "fresh: 12 s of 60 s by `max-age`",
        whose: "consumer acme, credential ci",
        age_s: 12,
        ttl_s: 48,
        collapsed: false,
        stored: null,
        stored_reason: null,
        invalidated: 0,
      },
    },
  ],
};

test("an answer from the cache is marked in the list, and its detail says by which rule", async () => {
  traffic.rows = [HIT.summary];
  traffic.details.set(HIT.summary.id, HIT);
  await openTraffic(`?sel=${HIT.summary.id}&tab=overview`);
  const row = grid().getByRole("row").nth(1);
  await expect.element(row).toHaveTextContent("HIT");
  await expect.element(row.getByRole("gridcell", { name: /from the cache/ })).toBeVisible();
  await expect.element(stage("Cache")).toHaveTextContent("Answered here. Hit: fresh: 12 s of 60 s");
  await expect.element(stage("Cache")).toHaveTextContent("Kept for: consumer acme, credential ci.");
  await expect.element(stage("Service")).toHaveTextContent("Not reached.");
  await expectAccessible();
});
