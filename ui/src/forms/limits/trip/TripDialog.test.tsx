import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import {
  defaultQuota,
  defaultRateLimit,
  defaultRoute,
  defaultService,
  type Route,
} from "@/api/index.ts";
import type { Trip } from "./tripOf.ts";
import { answersText, tripOfRoute } from "./tripOf.ts";
import type { TripPlan, Tripped } from "./useTrip.ts";

const gateway = fakeGateway();

const PLAN: TripPlan = {
  method: "GET",
  path: "/orders",
  route: "orders",
  version: null,
  limit: "60/min per key",
  kind: "rate",
  partition: "key 0191f3a0-2222-7000-8000-000000000001",
  per: "minute",
  allowed: 60,
  left: 48,
  requests: 61,
  is_many: false,
};

const DONE: Tripped = {
  plan: PLAN,
  sent: 49,
  answers: [
    { status: 200, count: 48 },
    { status: 429, count: 1 },
  ],
  refused_by: ["60/min per key"],
  retry_after_s: 23,
  sentence: "Refused by `60/min per key`. There is room again in 23 s.",
  request_id: "0191f3a0-1111-7000-8000-000000000009",
  took_us: 120_000,
};

let plan: TripPlan;

beforeEach(() => {
  plan = PLAN;
  gateway.config.services = [defaultService("shop")];
  gateway.answers = {
    "POST /trips/plan": () => json(plan),
    "POST /trips": () => json({ ...DONE, plan }),
  };
});

async function openDialog(route: Partial<Route> = {}) {
  gateway.config.routes = [
    {
      ...defaultRoute("orders", "shop"),
      rate_limits: [defaultRateLimit(60, "minute", "key")],
      ...route,
    },
  ];
  const { router } = await openApp("/routes?sel=orders");
  await page.getByRole("button", { name: /^Limits/ }).click();
  await page
    .getByRole("button", { name: /^Trip it/ })
    .first()
    .click();
  return router;
}

const send = () => page.getByRole("button", { name: /^Send up to/ });
const sent = () => gateway.calls.filter(({ path }) => path === "/trips").map(({ body }) => body);

test("two presses use up a limit, and the answers are told", async () => {
  const router = await openDialog();
  await expect.element(page.getByText("12 of 60 used")).toBeVisible();
  await expect.element(send()).toHaveTextContent("Send up to 61");
  await expectAccessible();
  // It has the focus: Enter is enough.
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByLabelText("48 × 200, then 429")).toBeVisible();
  await expect.element(page.getByText("Retry-After: 23")).toBeVisible();
  await expectAccessible();
  const wanted: Trip = { route: "orders", method: "GET", path: "/", headers: [] };
  expect(sent()).toEqual([{ ...wanted, limit: "60/min per key" }]);
  await page.getByRole("link", { name: "Show the 49 requests in Traffic" }).click();
  await expect.poll(() => router.state.location.search).toEqual({ q: `id:${DONE.request_id}` });
});

test("more than 500 are only sent when that is switched on", async () => {
  plan = { ...PLAN, allowed: 1000, left: 1000, requests: 1001, is_many: true };
  await openDialog();
  await expect.element(send()).toHaveAttribute("aria-disabled", "true");
  await page.getByRole("switch", { name: "Send more than 500" }).click();
  await send().click();
  await expect.poll(sent).toMatchObject([{ at_most: 1001 }]);
});

test("why nothing can be sent is said, and what a quota costs", async () => {
  gateway.answers["POST /trips/plan"] = () =>
    refuse({ code: "trip_refused", status: 422, detail: "The service is not on this machine." });
  await openDialog({ rate_limits: [], quotas: [defaultQuota(1000, "day", "key")] });
  await expect.element(page.getByText("The service is not on this machine.")).toBeVisible();
  plan = { ...PLAN, limit: "1000 a day per key", kind: "quota", method: "POST" };
  gateway.answers["POST /trips/plan"] = () => json(plan);
  await expect.element(page.getByText(/gone until its period ends/)).toBeVisible();
  await expect.element(page.getByText(/it may change something/)).toBeVisible();
  expect(sent()).toEqual([]);
});

test("a limit in shadow mode cannot be tripped", async () => {
  gateway.config.routes = [
    {
      ...defaultRoute("orders", "shop"),
      rate_limits: [{ ...defaultRateLimit(60, "minute", "key"), mode: "shadow" }],
    },
  ];
  await openApp("/routes?sel=orders");
  await page.getByRole("button", { name: /^Limits/ }).click();
  await expect.element(page.getByRole("radio", { name: "Shadow" })).toBeVisible();
  await expect.element(page.getByRole("button", { name: /^Trip it/ })).not.toBeInTheDocument();
});

test("a call is made that the route takes", () => {
  const route = defaultRoute("orders", "shop");
  const of = (match: Partial<Route["match"]>) =>
    tripOfRoute({ name: "orders", match: { ...route.match, ...match } });
  expect(of({ path: "/o/{id}/{rest...}", path_kind: "template" }).path).toBe("/o/7/a/b");
  expect(of({ methods: ["POST", "PUT"] }).method).toBe("POST");
  expect(
    of({
      hosts: ["*.shop.test"],
      headers: [{ name: "x-beta", test: "equals", value: "1" }],
      query: [{ name: "a b", test: "present", value: null }],
    }),
  ).toMatchObject({
    path: expect.stringMatching(/\?a%20b=1$/),
    headers: [
      { name: "host", value: "any.shop.test" },
      { name: "x-beta", value: "1" },
    ],
  });
  expect(answersText(DONE.answers)).toBe("48 × 200, then 429");
});
