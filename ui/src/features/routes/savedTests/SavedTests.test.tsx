import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { type Config, defaultRoute, defaultService, type Route } from "@/api/index.ts";
import type { RouteTested } from "../tester/routeTest.ts";
import type { SavedTest, SavedTestResult, TestToSave } from "./queries.ts";

const plain = (request: string): Route["tests"][number] => ({
  request,
  host: null,
  headers: [],
  version: null,
});
const GET_7 = plain("GET /orders/7");
const BETA = {
  ...plain("GET /orders"),
  host: "shop.localhost",
  headers: [{ name: "x-beta", value: "1" }],
  version: "v2",
};
const NONE = plain("GET /metrics");

const orders = (tests: Route["tests"]): Route => ({
  ...defaultRoute("orders", "shop"),
  match: { ...defaultRoute("").match, path: "/orders" },
  tests,
});

const TESTED: RouteTested = {
  matched: {
    route: "orders",
    priority: 0,
    predicates: [{ kind: "path", sentence: "path `/orders/7` is under `/orders`" }],
    version: null,
    version_segment: null,
    answer: { kind: "service", service: "shop", upstream_path: "/orders/7" },
  },
  refused: null,
  host: "localhost",
  path: "/orders/7",
  candidates: [],
  to_save: { test: GET_7, left_out: ["x-api-key"], masked: [] },
};

const gateway = fakeGateway();

/** The gateway's part: everything comes to its route, but for what `elsewhere` names. */
function run(config: Config, elsewhere: string): SavedTestResult[] {
  const result = (route: string | null, saved: SavedTest, path: string): SavedTestResult => {
    const other = saved.request === elsewhere;
    return {
      path,
      route,
      test: saved,
      outcome: other ? "other_route" : "passes",
      now: other ? "everything" : route,
      now_version: null,
      sentence: other ? "matches `everything`" : `matches \`${route}\``,
    };
  };
  return [
    ...config.routes.flatMap(({ name, tests }, at) =>
      tests.map((one, place) => result(name, one, `routes[${at}].tests[${place}]`)),
    ),
    ...config.no_route_tests.map((one, at) => result(null, one, `no_route_tests[${at}]`)),
  ];
}

let elsewhere = "";

beforeEach(() => {
  elsewhere = "";
});

async function open(path: string, tests: Route["tests"], none: Route["tests"] = []) {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [orders(tests)],
    no_route_tests: none,
  };
  gateway.answers["POST /route-test"] = () => json(TESTED);
  gateway.answers["POST /explain"] = () => refuse({ code: "internal", status: 500 });
  gateway.answers["POST /saved-tests/run"] = (body: { config?: Config }) => {
    const results = run(body.config ?? gateway.config, elsewhere);
    const passed = results.filter(({ outcome }) => outcome === "passes").length;
    return json({ passed, failed: results.length - passed, results });
  };
  return openApp(path);
}

const button = (name: string | RegExp) => page.getByRole("button", { name });
const calls = (path: string) => gateway.calls.filter((call) => call.path === path);
const section = () => button(/^Saved tests/);

test("what the tester found is saved as it says, at a key press", async () => {
  await open("/routes?test=GET+/orders/7", []);
  const save = button("Save as test");
  await expect
    .element(save)
    .toHaveAccessibleDescription(
      "Saves that GET /orders/7 comes to orders; every change is tried with it. Left out, since no route asks for it: x-api-key.",
    );
  gateway.answers["POST /saved-tests"] = () => {
    gateway.config = { ...gateway.config, routes: [orders([GET_7])] };
    gateway.revision += 1;
    return json({ revision: gateway.revision, warnings: [] }, { status: 201 });
  };
  save.element().focus();
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => calls("/saved-tests").length).toBe(1);
  expect(calls("/saved-tests")[0]).toMatchObject({
    body: { route: "orders", test: GET_7 },
    ifMatch: '"1"',
  });
  await expect.element(save).toHaveAttribute("aria-disabled", "true");
  await expect.element(save).toHaveAccessibleDescription(/It is saved already/);
});

test("a request that no route takes is saved as one that none is to take", async () => {
  const toSave: TestToSave = { test: NONE, left_out: [], masked: ["the header `x-key`"] };
  await open("/routes?test=GET+/metrics", []);
  gateway.answers["POST /route-test"] = () =>
    json({ ...TESTED, matched: null, to_save: toSave } satisfies RouteTested);
  await page.getByRole("textbox", { name: "Path or URL" }).fill("/metrics?");
  await expect
    .element(button("Save as test"))
    .toHaveAccessibleDescription(
      "Saves that GET /metrics comes to no route; every change is tried with it. A mask stands for what may be secret in the header x-key.",
    );
  gateway.answers["POST /saved-tests"] = () =>
    refuse({
      code: "config_refused",
      status: 422,
      issues: [{ path: "no_route_tests[0]", severity: "error", message: "it may hold a secret" }],
    });
  await button("Save as test").click();
  await expect.element(page.getByText(/it may hold a secret/)).toBeVisible();
  expect(calls("/saved-tests")[0]?.body).toEqual({ route: null, test: NONE });
});

test("what cannot be saved says why", async () => {
  await open("/routes?test=GET+/orders/7", []);
  gateway.answers["POST /route-test"] = () => json({ ...TESTED, to_save: null });
  await page.getByRole("textbox", { name: "Path or URL" }).fill("/orders/8");
  await expect.element(button("Save as test")).toHaveAttribute("aria-disabled", "true");
  await expect
    .element(button("Save as test"))
    .toHaveAccessibleDescription(/nothing can be saved of it/);
});

test("a route says how many of its tests pass, in the list and in its form", async () => {
  elsewhere = "GET /orders/7";
  await open("/routes?sel=orders", [GET_7, BETA]);
  const row = page.getByRole("listitem").nth(1);
  await expect.element(row).toHaveTextContent("2 saved tests: 1 pass, 1 fail");
  await expect.element(section()).toHaveTextContent("2 saved tests: 1 pass, 1 fail");
  await section().click();
  const list = page.getByRole("list", { name: "Saved tests of orders" }).getByRole("listitem");
  await expect.element(list.nth(0)).toHaveTextContent("GET /orders/7fails");
  await expect.element(list.nth(0)).toHaveTextContent("Now matches everything.");
  await expect.element(list.nth(1)).toHaveTextContent("GET /orders version v2passes");
  await expect.element(list.nth(1)).toHaveTextContent("on shop.localhost, with x-beta: 1");
});

test("a test is removed with its route's other fields as they are", async () => {
  await open("/routes?sel=orders&part=tests", [GET_7, BETA]);
  await button("Remove the saved test GET /orders/7").click();
  await expect.poll(() => gateway.config.routes[0]?.tests).toEqual([BETA]);
  expect(calls("/routes/orders")[0]?.method).toBe("PUT");
});

test("a saved test is tried in the tester with its host and headers", async () => {
  const { router } = await open("/routes?sel=orders&part=tests", [GET_7, BETA]);
  await button("Try GET /orders in the tester").click();
  await expect
    .element(page.getByRole("textbox", { name: "Path or URL" }))
    .toHaveValue("http://shop.localhost/orders");
  await expect.element(page.getByRole("textbox", { name: "Headers" })).toHaveValue("x-beta: 1");
  expect(router.state.location.search).toEqual({
    sel: "orders",
    test: "GET http://shop.localhost/orders",
    saved: "orders:1",
  });
});

test("requests that no route is to take are listed by the tester, and removed there", async () => {
  elsewhere = NONE.request;
  await open("/routes?test=GET", [], [NONE]);
  const listed = page.getByRole("region", { name: "Requests that no route is to take" });
  await expect.element(listed).toHaveTextContent("1 saved test: fails");
  await expect.element(listed).toHaveTextContent("Now matches everything.");
  gateway.answers["POST /saved-tests/remove"] = () => {
    gateway.config = { ...gateway.config, no_route_tests: [] };
    gateway.revision += 1;
    return json({ revision: gateway.revision, warnings: [] });
  };
  await button("Remove the saved test GET /metrics").click();
  await expect.element(listed).not.toBeInTheDocument();
  expect(calls("/saved-tests/remove")[0]?.body).toEqual({ test: NONE });
});

test("a change that makes tests fail is made, said, and leads to them", async () => {
  const { router } = await open("/routes?sel=orders", [GET_7]);
  await expect.element(section()).toHaveTextContent("1 saved test: passes");
  gateway.check = () => [
    {
      path: "routes[0].tests",
      severity: "warning",
      message: "the saved test now matches another route: `GET /orders/7` matches `everything`",
    },
  ];
  elsewhere = GET_7.request;
  await page.getByRole("textbox", { name: "Path prefix" }).fill("/v2");
  await expect.poll(() => gateway.config.routes[0]?.match.path).toBe("/v2");
  await expect.element(section()).toHaveTextContent("1 warning");
  await expect
    .element(page.getByText("The saved test now matches another route", { exact: true }))
    .toBeVisible();
  await button("Show").click();
  expect(router.state.location.search).toMatchObject({ sel: "orders", part: "tests" });
  await expect.element(section()).toHaveAttribute("aria-expanded", "true");
});

test.each(["light", "dark"])("saved tests are accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  elsewhere = "GET /orders/7";
  await open("/routes?sel=orders&part=tests&test=GET+/orders/7", [GET_7, BETA], [NONE]);
  await expect.element(button("Save as test")).toBeVisible();
  await expect
    .element(page.getByRole("list", { name: "Saved tests of orders" }))
    .toHaveTextContent("fails");
  await expectAccessible();
});
