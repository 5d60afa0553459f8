import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../../../test/axe.ts";
import { fakeGateway, json } from "../../../../../test/fakeGateway.ts";
import { openApp } from "../../../../../test/openApp.tsx";
import {
  defaultRoute,
  defaultService,
  defaultVersion,
  defaultVersions,
  type Route,
} from "@/api/index.ts";

const gateway = fakeGateway();

function route(name: string, path: string, change: Partial<Route> = {}): Route {
  return {
    ...defaultRoute(name, "shop"),
    match: { ...defaultRoute("").match, methods: ["GET"], path },
    ...change,
  };
}

const withVersions = (list: ReturnType<typeof defaultVersion>[]) => ({
  versions: { ...defaultVersions(), list },
});

const ROUTES = [
  route(
    "orders",
    "/orders",
    withVersions([
      {
        ...defaultVersion("v1"),
        deprecated_at: "2020-01-01T00:00:00Z",
        sunset_at: "2990-03-01T00:00:00Z",
      },
      { ...defaultVersion("v2"), service: "next" },
    ]),
  ),
  route("items", "/items", withVersions([defaultVersion("v1"), defaultVersion("v2")])),
  route("carts", "/carts", withVersions([defaultVersion("v2")])),
  route("old", "/v1/reports"),
  route("stock-v1", "/v1/stock"),
  route("stock-v2", "/v2/stock"),
];

/** Requests and failures in 24 hours, by version of any route. */
const USE: Record<string, [requests: number, failed: number]> = { v1: [400, 0], v2: [100, 20] };

async function openMatrix(routes = ROUTES) {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop"), defaultService("next", "http://127.0.0.1:3001")],
    routes,
  };
  gateway.answers["GET /usage"] = (_: never, url: URL) => {
    const names = url.searchParams.get("by") === "version" ? ["v1", "v2"] : [];
    return json({
      groups: names.map((name) => {
        const [requests = 0, failed = 0] = USE[name] ?? [];
        return { name, figures: { requests, outcomes: { server_error: failed } } };
      }),
    });
  };
  return openApp("/routes?show=versions");
}

const cell = (name: string | RegExp) => page.getByRole("button", { name });

test.each(["light", "dark"])("the versions are accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openMatrix();
  await expect.element(cell(/^GET \/orders in v2: changed ?, 100 requests/)).toBeVisible();
  await expectAccessible();
  await cell(/^GET \/orders in v2/).click();
  await expect.element(page.getByRole("dialog")).toBeVisible();
  await expectAccessible();
});

test("each cell says what became of an endpoint, until when, and how it is used", async () => {
  await openMatrix();
  const said = (words: RegExp) => expect.element(cell(words)).toBeVisible();
  await said(/^GET \/orders in v1: first ?, deprecated until Mar 1, 2990 ?, 400 requests$/);
  await said(/^GET \/orders in v2: changed ?, 100 requests 20 % with 5xx$/);
  await said(/^GET \/items in v2: same ?, 100 requests 20 % with 5xx$/);
  await said(/^GET \/carts in v1: not there yet$/);
  await said(/^GET \/carts in v2: new ?, 100 requests/);
  await said(/^GET \/\{version\}\/reports in v2: removed$/);
});

test("routes with the version in their path stand in one row, and what differs is said", async () => {
  const limit = {
    ...route("new", "/v2/reports"),
    cache: null,
    service: "next",
  };
  await openMatrix([route("old", "/v1/reports"), limit]);
  await cell(/^GET \/\{version\}\/reports in v2: changed/).click();
  const dialog = page.getByRole("dialog", { name: "GET /{version}/reports: v1 and v2" });
  await expect.element(dialog).toHaveTextContent("One thing differs.");
  await expect
    .element(dialog.getByRole("row", { name: /^.?Send to/ }))
    .toHaveTextContent(/Send to, differs.*:3000.*:3001/);
});

test("with the keys alone: to a version, what differs in it, and its last request beside the other", async () => {
  const asked: string[] = [];
  const last = exchange({ route: "orders", version: "v2" });
  gateway.answers["GET /exchanges"] = (_: never, url: URL) => {
    asked.push(url.searchParams.get("q") ?? "");
    return json({ rows: [last], next: null, oldest: 1, end: 2 });
  };
  const { router } = await openMatrix();
  await expect.element(cell(/^GET \/orders in v1/)).toHaveAttribute("tabindex", "0");
  (cell(/^GET \/orders in v1/).element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}");
  await expect.element(cell(/^GET \/orders in v2/)).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  const dialog = page.getByRole("dialog", { name: "GET /orders: v1 and v2" });
  const send = dialog.getByRole("link", { name: "Send its last request to both…" });
  await expect.element(send).toBeVisible();
  expect(new Set(asked)).toEqual(
    new Set(["route:=orders version:=v2", "route:=orders version:=v1"]),
  );
  await send.click();
  await expect
    .poll(() => router.state.location.search)
    .toMatchObject({ q: "route:=orders version:=v2", sel: last.id, tab: "diff" });
});

test("without versions it says how there can be some, and leads back", async () => {
  await openMatrix([route("orders", "/orders")]);
  await expect.element(page.getByText("No endpoint has versions yet")).toBeVisible();
  await page.getByRole("button", { name: "Show all routes" }).click();
  await expect.element(page.getByRole("searchbox", { name: "Filter routes" })).toBeVisible();
});
