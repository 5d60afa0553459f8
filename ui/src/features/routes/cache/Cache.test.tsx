import { beforeEach, expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway, json } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { defaultRoute, defaultRouteCache, defaultService, type Route } from "@/api/index.ts";
import { newPart } from "../aggregate/aggregateText.ts";

const gateway = fakeGateway();
const COUNTS = {
  hits: 80,
  stale: 2,
  revalidated: 8,
  misses: 9,
  bypassed: 1,
  saved_bytes: 2_000_000,
};

beforeEach(() => {
  gateway.config.services = [defaultService("shop")];
});

async function openCache(route: Partial<Route> = {}) {
  gateway.config.routes = [{ ...defaultRoute("orders", "shop"), ...route }];
  const app = await openApp("/routes?sel=orders");
  await section("Cache").click();
  return app;
}

const section = (title: string) => page.getByRole("button", { name: new RegExp(`^${title}`) });
const expectInForce = (route: unknown) =>
  expect.poll(() => gateway.config.routes[0], { timeout: 5000 }).toMatchObject(route as object);
const toggle = (name: string | RegExp) => page.getByRole("switch", { name }).click();

test("a route keeps answers, for as long as it says and for whom it says", async () => {
  await openCache();
  await expect.element(page.getByText(/every request goes to the service/)).toBeVisible();
  await toggle("Keep answers and give them again");
  await expectInForce({ cache: defaultRouteCache() });
  await page.getByRole("textbox", { name: "Fresh for, where the answer does not say" }).fill("30");
  await expectInForce({ cache: { ttl_s: 30 } });
  await toggle("Also where the answer says something else");
  await toggle("All callers share answers");
  await expectInForce({ cache: { override_answer: true, audience: "shared" } });
  await section("Cache").click();
  await expect.element(section("Cache")).toHaveTextContent("cached 30 s, shared by all callers");
  // The route's own sentence, and its line in the list.
  const said = page.getByText(/, cached 30 s, shared by all callers/);
  await expect.element(said).toHaveLength(2);
});

test("what tells answers apart, what is kept, and when the service is always asked", async () => {
  await openCache({ cache: defaultRouteCache() });
  await section("One answer or another").click();
  await page.getByRole("combobox", { name: "Of the query" }).click();
  await page.getByRole("option", { name: "All but these parameters" }).click();
  await page.getByRole("textbox", { name: "Parameters" }).fill("utm_source");
  await page.getByRole("textbox", { name: "Headers", exact: true }).fill("x-tenant");
  await expectInForce({
    cache: { query: "except", query_names: ["utm_source"], headers: ["x-tenant"] },
  });
  await section("What is kept").click();
  await page.getByRole("textbox", { name: "Statuses" }).fill("200, 404");
  await expectInForce({ cache: { statuses: [200, 404] } });
  await section("Stale answers").click();
  await page.getByRole("textbox", { name: /where the service fails/ }).fill("60");
  await expectInForce({ cache: { stale_if_error_s: 60 } });
  await section("Ask the service always").click();
  await section("Match").click();
  await page.getByRole("button", { name: "Add header condition" }).click();
  await page.getByRole("textbox", { name: /Name/ }).last().fill("x-fresh");
  await expectInForce({ cache: { bypass: { headers: [{ name: "x-fresh" }] } } });
  await expectAccessible();
});

test("answers that are made of several are kept too, by the strictest of their parts", async () => {
  const parts = [
    { ...newPart("user", "shop"), path: "/users/{{request.header.x-user}}" },
    { ...newPart("orders", "shop"), path: "/orders" },
  ];
  const aggregate = { parts, deadline_ms: 10_000, max_bytes: 10_485_760, meta: false };
  await openCache({ service: null, aggregate });
  await expect.element(page.getByText("Off: every request asks for all parts.")).toBeVisible();
  await toggle("Keep answers and give them again");
  await expectInForce({ cache: defaultRouteCache() });
  await expect.element(page.getByText(/the strictest of them decides/)).toBeVisible();
  await expect
    .element(section("One answer or another"))
    .toHaveTextContent("host and path, the whole query, what parts are asked with");
  await section("Stale answers").click();
  await expect.element(page.getByText(/is not fetched anew in the background/)).toBeVisible();
  await expect.element(page.getByRole("textbox", { name: /fetched anew/ })).not.toBeInTheDocument();
  await page.getByRole("textbox", { name: /where a required part fails/ }).fill("60");
  await expectInForce({ cache: { stale_if_error_s: 60 } });
  await expectAccessible();
});

test("a switch off keeps what was set", async () => {
  await openCache({ cache: { ...defaultRouteCache(), ttl_s: 30 } });
  await toggle("Keep answers and give them again");
  await expectInForce({ cache: { enabled: false, ttl_s: 30 } });
});

test("what is kept now is told and thrown away by a press", async () => {
  const kept = { route: "orders", answers: 12, bytes: 34_000, counts: COUNTS };
  gateway.cache = { ...gateway.cache, answers: 12, bytes: 34_000, routes: [kept] };
  gateway.answers["POST /cache/purge"] = () => {
    gateway.cache = { ...gateway.cache, routes: [{ ...kept, answers: 0, bytes: 0 }] };
    return json({ answers: 12, bytes: 34_000 });
  };
  await openCache({ cache: defaultRouteCache() });
  const now = page.getByRole("region", { name: "Kept now" });
  await expect.element(now).toHaveTextContent(/12 answers kept, .* 90 % of 100 requests answered/);
  await expectAccessible();
  await now.getByRole("button", { name: "Throw them away" }).click();
  await expect.element(page.getByText(/12 answers thrown away/)).toBeVisible();
  await expect.element(now).toHaveTextContent("Nothing is kept at the moment.");
  const call = gateway.calls.find(({ path }) => path.endsWith("/cache/purge"));
  expect(call?.body).toEqual({ kind: "route", route: "orders" });
});
