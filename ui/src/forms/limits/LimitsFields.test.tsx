import { beforeEach, expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import {
  defaultConcurrency,
  defaultQuota,
  defaultRateLimit,
  defaultRoute,
  defaultService,
  type Route,
} from "@/api/index.ts";

const gateway = fakeGateway();

beforeEach(() => {
  gateway.config.services = [defaultService("shop")];
});

async function openLimits(route: Partial<Route> = {}) {
  gateway.config.routes = [{ ...defaultRoute("orders", "shop"), ...route }];
  await openApp("/routes?sel=orders");
  await section().click();
}

const section = () => page.getByRole("button", { name: /^Limits/ });
const limit = (name: string | RegExp) => page.getByRole("group", { name });
const inForce = () => gateway.config.routes[0] as Route;
const expectInForce = (route: unknown) =>
  expect.poll(inForce, { timeout: 5000 }).toMatchObject(route as object);

async function choose(label: string, option: string | RegExp) {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
}

test("a limit counts per value of a header, in a sliding window", async () => {
  await openLimits();
  await page.getByRole("button", { name: "10/s per IP" }).click();
  await choose("counted per", /^header/);
  await page.getByRole("textbox", { name: "Header", exact: true }).fill("X-Tenant");
  await page.getByRole("button", { name: /^How it counts/ }).click();
  await choose("Algorithm", /^Sliding window/);
  await page.getByRole("switch", { name: "Refused requests count too" }).click();
  await expectInForce({
    rate_limits: [
      {
        ...defaultRateLimit(10, "second", "header"),
        of: "X-Tenant",
        algorithm: "sliding_window",
        count_rejected: true,
      },
    ],
  });
});

test("what means nothing for another algorithm does not stay behind unseen", async () => {
  await openLimits({ rate_limits: [{ ...defaultRateLimit(10, "minute", "ip"), burst: 3 }] });
  await page.getByRole("button", { name: /^How it counts/ }).click();
  await choose("Algorithm", /^Fixed window/);
  await expectInForce({ rate_limits: [{ algorithm: "fixed_window", burst: null }] });
});

test("a limit that only watches says so, open and closed", async () => {
  await openLimits({ rate_limits: [defaultRateLimit(10, "minute", "ip")] });
  await limit("What limit 1 does").getByRole("radio", { name: "Shadow" }).click();
  await expectInForce({ rate_limits: [{ mode: "shadow" }] });
  await expect.element(page.getByText(/but refuses nothing/)).toBeVisible();
  await section().click();
  await expect.element(section()).toHaveTextContent("10/min per IP (shadow only)");
});

test("a quota and a limit on running requests are added, changed and taken away", async () => {
  await openLimits({ authentication: { ...defaultRoute("").authentication, methods: ["jwt"] } });
  await page.getByRole("button", { name: "1000 a day per key" }).click();
  await page.getByRole("button", { name: "5 at once per key" }).click();
  await choose("in a calendar", /^week/);
  await page.getByRole("textbox", { name: "Requests at once" }).fill("2");
  await expectInForce({
    // A way that is there already is enough for a quota per key.
    authentication: { methods: ["jwt"] },
    quotas: [defaultQuota(1000, "week", "key")],
    concurrency: [defaultConcurrency(2, "key")],
  });
  await section().click();
  await expect.element(section()).toHaveTextContent("1000 a week per key, 2 at once per key");
  await section().click();
  await page.getByRole("button", { name: "Remove the limit 1000 a week per key" }).click();
  await expectInForce({ quotas: [] });
});

test("how the limits of a route stand is read while it is looked at", async () => {
  gateway.limits = {
    limits: [
      {
        name: "10/min per IP",
        by: "ip",
        partition: "ip 127.0.0.1",
        requests: 10,
        per: "minute",
        burst: 10,
        remaining_before: 3,
        remaining_after: 3,
        admitted: true,
        retry_after_ms: 0,
        full_after_ms: 42_000,
      },
    ],
    quotas: [],
    concurrency: [
      {
        name: "5 at once per IP",
        by: "ip",
        partition: "ip 127.0.0.1",
        mode: "shadow",
        requests: 5,
        running_before: 5,
        admitted: false,
      },
    ],
  };
  await openLimits({ rate_limits: [defaultRateLimit(10, "minute", "ip")] });
  await page.getByRole("button", { name: /^How they stand now/ }).click();
  const meter = page.getByRole("meter", { name: "10/min per IP" });
  await expect.element(meter).toHaveAttribute("aria-valuetext", "7 of 10 used");
  await expect.element(page.getByText("All there again in 42 s")).toBeVisible();
  await expect
    .element(page.getByRole("meter", { name: "5 at once per IP" }))
    .toHaveAttribute("aria-valuetext", "5 of 5 running");
  gateway.limits = { ...gateway.limits, limits: [] };
  await expect.element(meter).not.toBeInTheDocument();
});

test.each(["light", "dark"])("every kind of limit is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openLimits({
    rate_limits: [
      { ...defaultRateLimit(10, "minute", "claim"), of: "sub", algorithm: "fixed_window" },
      { ...defaultRateLimit(60, "minute", "ip"), mode: "shadow" },
    ],
    quotas: [{ ...defaultQuota(100, "day", "ip"), mode: "off" }],
    concurrency: [defaultConcurrency(5, "ip")],
  });
  await page
    .getByRole("button", { name: /^How it counts/ })
    .first()
    .click();
  await expectAccessible();
});
