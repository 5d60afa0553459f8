import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import {
  type Config,
  defaultRateLimit,
  defaultRoute,
  defaultService,
  type Issue,
  type Route,
} from "@/api/index.ts";

const orders: Route = {
  ...defaultRoute("orders", "shop"),
  match: { ...defaultRoute("").match, path: "/orders" },
};

const gateway = fakeGateway();

async function openRoute(route: Partial<Route> = {}) {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop"), defaultService("next", "http://127.0.0.1:3001")],
    routes: [{ ...orders, ...route }],
  };
  return openApp("/routes?sel=orders");
}

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const button = (name: string | RegExp) => page.getByRole("button", { name });
const section = (title: string) => button(new RegExp(`^${title}`));
const inForce = () => gateway.config.routes[0] as Route;
const expectInForce = (route: unknown) =>
  expect.poll(inForce, { timeout: 5000 }).toMatchObject(route as object);
const saved = () =>
  expect.element(page.getByText("Changes take effect as you type.")).toBeVisible();

async function choose(label: string, option: string | RegExp) {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
}

/** An error wherever `wrong` finds one in the first route. */
const refuses = (wrong: (route: Route) => Record<string, string | false>) => {
  gateway.check = ({ routes: [route] }: Config): Issue[] =>
    Object.entries(wrong(route as Route)).flatMap(([path, message]) =>
      message === false ? [] : [{ path: `routes[0].${path}`, severity: "error", message }],
    );
};

test("how the path is read is chosen beside it, and the help says what it takes", async () => {
  await openRoute();
  await choose("Read as", /^Template/);
  await field("Path template").fill("/orders/{id}/items/{rest...}");
  await expectInForce({ match: { path: "/orders/{id}/items/{rest...}", path_kind: "template" } });
  await expect
    .element(field("Path template"))
    .toHaveAccessibleDescription(/^Takes \/orders\/7\/items\/a\/b\./);
  await expect
    .element(field("Path sent on"))
    .toHaveAccessibleDescription(/{id}, {rest} and {path}/);
});

test("conditions on headers and the query, and a priority", async () => {
  await openRoute();
  await button("Add header condition").click();
  await field("Name of header 1").fill("X-Beta");
  await field("Value of header 1").fill("1");
  await button("Add query condition").click();
  await field("Name of query parameter 1").fill("debug");
  await choose("Test of query parameter 1", "is there");
  await page.getByRole("textbox", { name: "Priority" }).fill("-5");
  await expectInForce({
    priority: -5,
    match: {
      headers: [{ name: "X-Beta", test: "equals", value: "1" }],
      query: [{ name: "debug", test: "present", value: null }],
    },
  });
  await expect
    .element(page.getByRole("form"))
    .toHaveTextContent("where header X-Beta is 1 and query debug is there → shop");
  await button("Remove the condition on X-Beta").click();
  await expectInForce({ match: { headers: [] } });
});

test("what is wrong with a condition stands under its value, what has no field under them all", async () => {
  refuses(({ match }) => ({
    "match.headers[0].value": match.headers[0]?.value === "(" && "`(` is no expression",
    match: match.path === "/orders" && "route `twin` already takes it",
  }));
  await openRoute({
    match: { ...orders.match, headers: [{ name: "x", test: "matches", value: "a" }] },
  });
  await field("Value of header 1").fill("(");
  await expect
    .element(field("Value of header 1"))
    .toHaveAccessibleDescription("( is no expression");
  await expect.element(page.getByRole("alert")).toHaveTextContent("route twin already takes it");
  await expect.element(section("Match")).toHaveTextContent("2 errors");
  expect(inForce().match.headers[0]?.value).toBe("a");
});

test("a warning stands in the section it is about, and is counted where that is closed", async () => {
  gateway.check = () => [
    { path: "routes[0].match", severity: "warning", message: "no request can reach it" },
  ];
  await openRoute();
  await expect.element(page.getByText("No request can reach it.")).toBeVisible();
  await section("Match").click();
  await expect.element(section("Match")).toHaveTextContent("1 warning");
});

test("a redirect takes the service's place, and the service comes back with all that was said", async () => {
  await openRoute({ strip_prefix: true });
  await page.getByRole("radio", { name: "A redirect" }).click();
  await field("Redirect to").fill("https://{host}/new/{rest}");
  await choose("Status", /^308/);
  await expectInForce({
    service: null,
    strip_prefix: false,
    redirect: { to: "https://{host}/new/{rest}", status: 308 },
  });
  await expect.element(page.getByText("Answered by the gateway")).toBeVisible();
  await page.getByRole("radio", { name: "A service" }).click();
  await expectInForce({ service: "shop", strip_prefix: true, redirect: null });
});

test("a fixed answer has a status, headers and a body", async () => {
  await openRoute();
  await page.getByRole("radio", { name: "A fixed answer" }).click();
  await page.getByRole("textbox", { name: "Status" }).fill("503");
  await button("Add a header").click();
  await field("Name of header of the answer 1").fill("Content-Type");
  await field("Value of header of the answer 1").fill("text/plain");
  await field("Body").fill("Back soon.\n");
  await expectInForce({
    service: null,
    respond: {
      status: 503,
      headers: [{ name: "Content-Type", value: "text/plain" }],
      body: "Back soon.\n",
    },
  });
});

test("the path sent on, the host, and how large a body may be", async () => {
  await openRoute();
  await field("Path sent on").fill("/v2/{rest}");
  await choose("Host the service sees", "This one");
  await field("Host").fill("shop.localhost:3000");
  await page.getByRole("textbox", { name: "Largest request body" }).fill("5");
  await expectInForce({
    rewrite: "/v2/{rest}",
    host_header: { kind: "fixed", value: "shop.localhost:3000" },
    max_request_body_bytes: 5 * 1024 * 1024,
  });
  await saved();
  await choose("Host the service sees", "The target's");
  await expectInForce({ host_header: { kind: "target", value: null } });
});

test("headers are removed, set and added on the way there and back", async () => {
  await openRoute();
  await section("Change").click();
  const answer = page.getByRole("group", { name: "Answer headers" });
  await page
    .getByRole("group", { name: "Request headers" })
    .getByLabelText("Remove")
    .fill("Cookie, X-Old");
  await answer.getByRole("button", { name: "Set a header" }).click();
  await field("Name of answer header to set 1").fill("Server");
  await field("Value of answer header to set 1").fill("${route}");
  await answer.getByRole("button", { name: "Add a header" }).click();
  await field("Name of answer header to add 1").fill("Vary");
  await field("Value of answer header to add 1").fill("X-Beta");
  await expectInForce({
    request_headers: { remove: ["Cookie", "X-Old"], set: [], add: [] },
    response_headers: {
      remove: [],
      set: [{ name: "Server", value: "${route}" }],
      add: [{ name: "Vary", value: "X-Beta" }],
    },
  });
  await section("Change").click();
  await expect
    .element(section("Change"))
    .toHaveTextContent("request: removes Cookie, X-Old; answer: sets Server, adds Vary");
});

test("a limit can be given a name", async () => {
  await openRoute();
  await section("Limits").click();
  await button("10/s per IP").click();
  await field("Called").fill("burst guard");
  await expectInForce({
    rate_limits: [{ name: "burst guard", requests: 10, per: "second", by: "ip" }],
  });
});

test("a new header has no error before its name was left", async () => {
  refuses(({ request_headers }) => ({
    "request_headers.set[0].name": request_headers.set[0]?.name === "" && "give it a name",
  }));
  await openRoute();
  await section("Change").click();
  const request = page.getByRole("group", { name: "Request headers" });
  await request.getByRole("button", { name: "Set a header" }).click();
  await expect.element(page.getByText("Not saved: something is wrong below.")).toBeVisible();
  const name = field("Name of request header to set 1");
  await expect.element(name).not.toHaveAttribute("aria-invalid");
  await name.click();
  await field("Value of request header to set 1").click();
  await expect.element(name).toHaveAccessibleDescription("give it a name");
});

test.each(["light", "dark"])("every section is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openRoute({
    match: {
      ...orders.match,
      headers: [{ name: "x", test: "matches", value: "a" }],
      query: [{ name: "y", test: "absent", value: null }],
    },
    rate_limits: [defaultRateLimit(60, "minute", "ip")],
    request_headers: { remove: ["a"], set: [{ name: "b", value: "c" }], add: [] },
  });
  await section("Who may call").click();
  await section("Limits").click();
  await section("Change").click();
  await expectAccessible();
});
