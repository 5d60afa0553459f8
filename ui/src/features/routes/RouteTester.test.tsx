import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { type components, type Config, defaultRoute, defaultService } from "@/api/index.ts";
import type { RouteTested } from "./tester/routeTest.ts";

type Explanation = components["schemas"]["Explanation"];

const TAKEN: RouteTested = {
  matched: {
    route: "orders",
    priority: 0,
    predicates: [
      { kind: "host", sentence: "any host is taken" },
      { kind: "path", sentence: "path `/orders/7` is under `/orders`" },
    ],
    version: { name: "v2", named: false, by: "split", why: "share of the split: v1 90 %, v2 10 %" },
    version_segment: null,
    answer: { kind: "service", service: "shop", upstream_path: "/v2/7?x=1" },
  },
  refused: null,
  host: "localhost",
  path: "/orders/7",
  candidates: [
    { route: "everything", priority: -1, reason: null, failed: null },
    { route: "beta", priority: 5, reason: "header `x-beta` is missing", failed: "header" },
  ],
  to_save: null,
};
const REFUSED: RouteTested = {
  matched: null,
  refused: {
    status: 404,
    code: "route_not_found",
    reason: "No route takes this request.",
    allowed_methods: [],
  },
  host: "localhost",
  path: "/oders",
  candidates: [
    {
      route: "orders",
      priority: 0,
      reason: "path `/oders` is not under `/orders`",
      failed: "path",
    },
  ],
  to_save: null,
};

const FATE: Explanation = {
  sentence: "Would be sent on route `orders` to service `shop`: http://127.0.0.1:3000/v2/7?x=1.",
  status: null,
  code: null,
  decided_by: "forward",
  route: "orders",
  version: "v2",
  service: "shop",
  key: null,
  trace: [],
  sends: {
    method: "GET",
    url: "http://127.0.0.1:3000/v2/7?x=1",
    headers: [
      { name: "host", value: "localhost" },
      { name: "x-request-id", value: "1" },
    ],
  },
  answers: null,
  at_us: 0,
  limits_as_then: false,
  revision: 1,
  assumed: [],
  difference: null,
};

const gateway = fakeGateway();

interface Asked {
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  config?: Config;
}

async function openTester(path = "/routes?test=GET", tested: RouteTested = TAKEN) {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [
      { ...defaultRoute("orders", "shop"), match: { ...defaultRoute("").match, path: "/orders" } },
    ],
  };
  gateway.answers["POST /route-test"] = () => json(tested);
  gateway.answers["POST /explain"] = () => json(FATE);
  return openApp(path);
}

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const button = (name: string | RegExp) => page.getByRole("button", { name });
const verdict = () => page.getByRole("region", { name: "Verdict" });
const asked = () =>
  gateway.calls.findLast(({ path }) => path === "/route-test")?.body as Asked | undefined;

test("a request is tried while it is typed, and says who answers and why no other", async () => {
  await openTester();
  await field("Path or URL").fill("/orders/7?x=1");
  await field("Headers").fill("X-API-Version: v2\naccept: text/html");
  await expect.poll(asked).toEqual({
    method: "GET",
    url: "http://127.0.0.1:8080/orders/7?x=1",
    headers: [
      { name: "X-API-Version", value: "v2" },
      { name: "accept", value: "text/html" },
    ],
  });
  await expect.element(verdict()).toHaveTextContent("Route orders takes it as version v2");
  await expect.element(verdict()).toHaveTextContent("Share of the split: v1 90 %, v2 10 %.");
  await expect.element(verdict()).toHaveTextContent("Service shop is asked for /v2/7?x=1.");
  await expect.element(verdict()).toHaveTextContent("path /orders/7 is under /orders");
  await expect.element(verdict()).toHaveTextContent("Looked up as /orders/7 on host localhost.");
  const others = page.getByRole("region", { name: "Other routes" }).getByRole("listitem");
  await expect.element(others.nth(0)).toHaveTextContent("everything priority -1takes it too");
  await expect.element(others.nth(1)).toHaveTextContent("header x-beta is missing");
});

test("a refusal says its status and reason, and leads to the route that came close", async () => {
  const { router } = await openTester("/routes?test=GET+/oders", REFUSED);
  await expect.element(verdict()).toHaveTextContent("404");
  await expect.element(verdict()).toHaveTextContent("No route takes this request.");
  await button("orders").click();
  await expect.element(page.getByRole("form", { name: "Route orders" })).toBeVisible();
  expect(router.state.location.search).toEqual({ test: "GET /oders", sel: "orders" });
});

test("the draft on screen is what is tested", async () => {
  await openTester("/routes?test=GET+/orders&sel=orders");
  await expect.element(verdict()).toBeVisible();
  expect(asked()?.config).toBeUndefined();
  gateway.check = () => [{ path: "routes[0].name", severity: "error", message: "not yet" }];
  await field("Path prefix").fill("/v2");
  await expect.poll(() => asked()?.config?.routes[0]?.match.path).toBe("/v2");
  await expect.element(page.getByText(/^Tested on what is typed/)).toBeVisible();
  await expect.element(button("Send it")).toHaveAttribute("aria-disabled", "true");
});

test("while the draft is wrong, the test says that it waits", async () => {
  await openTester("/routes?test=GET+/orders&sel=orders");
  await expect.element(verdict()).toBeVisible();
  gateway.answers["POST /route-test"] = () => refuse({ code: "config_refused", status: 422 });
  await field("Path prefix").fill("v2");
  await expect.element(page.getByText(/The test goes on once that is mended/)).toBeVisible();
  await expect.element(verdict()).not.toBeInTheDocument();
});

test("a curl command is taken over, typed into its field or pasted as the URL", async () => {
  await openTester();
  await button("Paste cURL").click();
  await field("cURL command").fill("curl -X PUT -H 'X-Beta: 1' http://shop.test/orders");
  await expect.element(field("Method")).toHaveValue("PUT");
  await expect.element(field("Path or URL")).toHaveValue("http://shop.test/orders");
  await expect.element(field("Headers")).toHaveValue("X-Beta: 1");
  const url = field("Path or URL").element();
  const clipboardData = new DataTransfer();
  clipboardData.setData("text", "curl -I http://shop.test/other");
  url.dispatchEvent(
    new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData }),
  );
  await expect.element(field("Method")).toHaveValue("HEAD");
  await expect.element(field("Path or URL")).toHaveValue("http://shop.test/other");
});

test("a header that is none is said, and nothing is asked with it", async () => {
  await openTester("/routes?test=GET+/orders");
  await expect.element(verdict()).toBeVisible();
  const before = gateway.calls.length;
  await field("Headers").fill("X-Beta 1");
  await expect.element(field("Headers")).toHaveAccessibleDescription(/X-Beta 1 is no header/);
  await expect.element(verdict()).not.toBeInTheDocument();
  expect(gateway.calls.slice(before).map(({ path }) => path)).not.toContain("/route-test");
});

test("a request of the log is chosen, those no route took first", async () => {
  const lost = exchange({ seq: 7, path: "/oders", status: 404, source: "gateway" });
  gateway.answers["GET /exchanges"] = (_body, url) =>
    json({ rows: url.searchParams.get("q")?.startsWith("code:") ? [lost] : [], next: null });
  gateway.answers[`GET /exchanges/${lost.id}`] = () =>
    json({ summary: lost, client_request: [{ name: "x-beta", value: "1" }] });
  gateway.answers["GET /exchanges"] = (_body, url) =>
    json({
      rows: url.searchParams.get("q") === "" ? [exchange({ seq: 8 })] : [lost],
      next: null,
    });
  await openTester("/routes?test=GET", REFUSED);
  await button("From the log").click();
  await page
    .getByRole("region", { name: "No route took these" })
    .getByRole("button", { name: /oders/ })
    .click();
  await expect.element(field("Path or URL")).toHaveValue(`http://${lost.host}/oders`);
  await expect.element(field("Headers")).toHaveValue("x-beta: 1");
  await expect.element(verdict()).toHaveTextContent("404");
});

test("a request named in the address is read from the log, and the address then holds its line", async () => {
  const lost = exchange({ seq: 7, path: "/oders", method: "POST" });
  gateway.answers[`GET /exchanges/${lost.id}`] = () => json({ summary: lost, client_request: [] });
  const { router } = await openTester(`/routes?test=GET&request=${lost.id}`, REFUSED);
  await expect.element(field("Method")).toHaveValue("POST");
  await expect
    .poll(() => router.state.location.search)
    .toEqual({ test: `POST http://${lost.host}/oders` });
  await expect.element(field("Path or URL")).toHaveValue(`http://${lost.host}/oders`);
});

test("Send it sends the request for real and leads to its row", async () => {
  await openTester("/routes?test=DELETE+/orders/7?x=1");
  gateway.answers["POST /requests/send"] = () =>
    json({
      status: 204,
      headers: [],
      body: "",
      body_truncated: false,
      took_us: 8700,
      exchange_id: "01J",
    });
  await field("Headers").fill("X-Beta: 1");
  await button("Send it").click();
  await expect.element(page.getByRole("link", { name: "Show it in Traffic" })).toBeVisible();
  expect(gateway.calls.find(({ path }) => path === "/requests/send")?.body).toEqual({
    method: "DELETE",
    path: "/orders/7?x=1",
    headers: [{ name: "X-Beta", value: "1" }],
  });
  await field("Path or URL").fill("http://shop.test/orders");
  await expect.element(button("Send it")).toHaveAttribute("aria-disabled", "true");
});

test("T opens the tester in the list's place, and closing it brings the list back", async () => {
  await openTester("/routes");
  await expect.element(page.getByRole("list", { name: "Routes by service" })).toBeVisible();
  await userEvent.keyboard("t");
  await expect.element(page.getByRole("region", { name: "Test a request" })).toBeVisible();
  await button("Close the test").click();
  await expect.element(page.getByRole("list", { name: "Routes by service" })).toBeVisible();
});

test("what every stage would make of it is said, and the whole of it is one press away", async () => {
  const { router } = await openTester("/routes?test=GET+/orders/7");
  await page.getByRole("textbox", { name: "Headers" }).fill("X-API-Key: gw_dev_x");
  const fate = page.getByRole("region", { name: "What would become of it" });
  await expect.element(fate).toHaveTextContent("Would be sent on route orders to service shop");
  await expect.element(fate).toHaveTextContent("On its way: + x-request-id, − x-api-key");
  await fate.getByRole("button", { name: /What if/ }).click();
  await expect.poll(() => router.state.location.search).toMatchObject({ ask: "GET /orders/7" });
});

test.each(["light", "dark"])("the tester is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openTester("/routes?test=GET+/orders");
  await button("Paste cURL").click();
  await expect.element(verdict()).toBeVisible();
  await expectAccessible();
});
