import { expect, test } from "vitest";
import { exchange } from "@/live/fixtures.ts";
import type { Detail } from "./queries.ts";
import { limitsToPass, refusedBy } from "./refusedBy.ts";

function refused(limit: object, summary: object = {}): Detail {
  const facts = { kind: "limits", limits: [limit], quotas: [], concurrency: [] };
  return {
    summary: exchange({ status: 429, ...summary }),
    trace: [{ verdict: "stopped", facts }],
  } as unknown as Detail;
}

const LIMIT = { name: "60/min", per: "minute", by: "key", admitted: false, mode: "enforce" };

test("a limit of a route leads to its field and to what it counted in the minute before", () => {
  const owner = { kind: "route", route: "orders" };
  const found = refusedBy(refused({ ...LIMIT, owner }));
  expect(found).toMatchObject({
    name: "60/min",
    link: { to: "/routes", search: { sel: "orders", part: "limits" } },
  });
  expect(found?.others).toMatch(/^route:orders key:acme-ci since:\S+ until:\S+$/);
});

test.each([
  [{ kind: "gateway" }, { to: "/settings" }],
  [
    { kind: "plan", plan: "free" },
    { to: "/keys", search: { show: "plans", sel: "free" } },
  ],
  [
    { kind: "version", route: "orders", version: "v2" },
    { to: "/routes", search: { sel: "orders", part: "versions" } },
  ],
])("one of %o leads to %o and counts on every route", (owner, link) => {
  const found = refusedBy(refused({ ...LIMIT, owner, by: "ip" }));
  expect(found?.link).toEqual(link);
});

test("what no filter can say is not offered, and a shadow refuses nobody", () => {
  expect(refusedBy(refused({ ...LIMIT, by: "header" }))?.others).toBeNull();
  expect(refusedBy(refused({ ...LIMIT, mode: "shadow" }))).toBeNull();
  expect(refusedBy({ ...refused(LIMIT), trace: [] })).toBeNull();
});

test("the way past is named by where a limit is written and whom it counts, unless that is masked", () => {
  const owner = { kind: "route", route: "orders" };
  const partition = "key 0193";
  expect(limitsToPass(refused({ ...LIMIT, owner, partition }))).toEqual([
    { name: "60/min", owner, partition },
  ]);
  const masked = refused({ ...LIMIT, owner, partition: "claim sub: •••" });
  expect(limitsToPass(masked)).toEqual([{ name: "60/min", owner, partition: null }]);
  expect(limitsToPass(refused({ ...LIMIT, partition }))).toEqual([]);
  expect(limitsToPass(refused({ ...LIMIT, owner, partition, mode: "shadow" }))).toEqual([]);
});
