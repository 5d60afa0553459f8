import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { defaultRoute, defaultService, type Route } from "@/api/index.ts";

const orders: Route = {
  ...defaultRoute("orders", "shop"),
  match: { ...defaultRoute("").match, methods: ["GET"], path: "/v1/orders" },
};
const shop = defaultService("shop");

const gateway = fakeGateway();

async function openRoutes(path: string, routes: Route[] = [orders]) {
  gateway.config = { ...gateway.config, services: [shop], routes };
  return openApp(path);
}

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const writes = () => gateway.calls.filter(({ method }) => method !== "GET" && method !== "POST");

test.each(["light", "dark"])("list and form are accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openRoutes("/routes?sel=orders");
  await expect.element(field("Path prefix")).toHaveValue("/v1/orders");
  await page.getByRole("button", { name: /^Limits/ }).click();
  await page.getByRole("button", { name: "60/min per key" }).click();
  await expectAccessible();
});

test("the list says what each route does", async () => {
  await openRoutes("/routes");
  const item = page.getByRole("listitem").nth(1);
  await expect.element(item).toHaveTextContent("GET /v1/orders, no key needed, no limit");
});

test("a route tells when it was last asked, and leads to its requests", async () => {
  const hourAgo = (Date.now() - 3_600_000) * 1000;
  gateway.answers["GET /usage"] = () =>
    json({ groups: [{ name: "orders", last_us: hourAgo, figures: { requests: 41 } }] });
  const { router } = await openRoutes("/routes", [orders, { ...orders, name: "unused" }]);
  await expect.element(page.getByText("never asked")).toBeVisible();
  const uses = page.getByRole("link", {
    name: "Requests of orders: the last 1 hr. ago, 41 in 24 hours",
  });
  await uses.click();
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
  expect(router.state.location.search).toMatchObject({ q: "route:=orders" });
});

test("routes are imported from where routes are", async () => {
  const { router } = await openRoutes("/routes");
  await page.getByRole("button", { name: "Import…" }).click();
  await expect.poll(() => router.state.location.href).toBe("/history?show=import");
});

test("an edit takes effect by itself once it is valid, on the revision it was made from", async () => {
  await openRoutes("/routes?sel=orders");
  await field("Path prefix").fill("/v2/orders");
  await expect.poll(() => gateway.config.routes[0]?.match.path).toBe("/v2/orders");
  expect(writes()).toMatchObject([{ method: "PUT", path: "/routes/orders", ifMatch: '"1"' }]);
});

test("an edit that is wrong is said under its field and never sent", async () => {
  gateway.check = ({ routes }) =>
    routes.flatMap(({ match }, at) =>
      match.path.startsWith("/")
        ? []
        : [
            {
              path: `routes[${at}].match.path`,
              severity: "error",
              message: `\`${match.path}\` does not begin with \`/\``,
            },
          ],
    );
  await openRoutes("/routes?sel=orders");
  await field("Path prefix").fill("v2");
  await expect.element(field("Path prefix")).toHaveAttribute("aria-invalid", "true");
  await expect.element(field("Path prefix")).toHaveAccessibleDescription(/v2 does not begin with/);
  await expect.element(page.getByText("Not saved: something is wrong below.")).toBeVisible();
  expect(writes()).toEqual([]);
});

test("Create on a wrong route opens its section and moves the focus to the first wrong field", async () => {
  gateway.check = ({ routes }) =>
    routes.length < 2
      ? []
      : [
          {
            path: "routes[1].match.path",
            severity: "error",
            message: "another route takes it",
          },
          { path: "echo.port", severity: "error", message: "the gateway itself listens here" },
        ];
  await openRoutes("/routes?sel=:new");
  await page.getByRole("button", { name: /^Match/ }).click();
  await expect.element(field("Path prefix")).not.toBeInTheDocument();
  await page.getByRole("button", { name: "Create route" }).click();
  await expect.element(field("Path prefix")).toHaveFocus();
  await expect.element(page.getByText("The gateway itself listens here.")).toBeVisible();
  expect(gateway.config.routes).toHaveLength(1);
});

test("a route and its service are made in one change, with the keyboard", async () => {
  await openApp("/routes");
  await userEvent.keyboard("c");
  await expect.element(field("Name")).toHaveFocus();
  await userEvent.keyboard("orders{Enter}");
  await expect.poll(() => gateway.config.routes.length).toBe(1);
  expect(gateway.config).toMatchObject({
    services: [{ name: "service", targets: [{ url: "http://127.0.0.1:3000" }] }],
    routes: [{ name: "orders", service: "service" }],
  });
  expect(gateway.revision).toBe(2);
});

test("after a conflict what was typed is kept and Create works on what is in force", async () => {
  await openRoutes("/routes?sel=:new");
  await field("Name").fill("mine");
  gateway.config = { ...gateway.config, routes: [orders, { ...orders, name: "theirs" }] };
  gateway.revision = 5;
  await page.getByRole("button", { name: "Create route" }).click();
  await expect.element(page.getByText(/was changed elsewhere and has been loaded/)).toBeVisible();
  await expect.element(field("Name")).toHaveValue("mine");
  await page.getByRole("button", { name: "Create route" }).click();
  await expect
    .poll(() => gateway.config.routes.map(({ name }) => name))
    .toEqual(["orders", "theirs", "mine"]);
});

test("a route changed elsewhere while it is edited is settled by the person", async () => {
  const { client } = await openRoutes("/routes?sel=orders");
  gateway.check = () => [{ path: "routes[0].name", severity: "error", message: "not yet" }];
  await field("Path prefix").fill("/mine");
  await expect.element(page.getByText("Not saved: something is wrong below.")).toBeVisible();
  const theirs = { ...orders, match: { ...orders.match, path: "/theirs" } };
  gateway.config = { ...gateway.config, routes: [theirs] };
  gateway.revision = 2;
  gateway.check = () => [];
  await client.invalidateQueries({ queryKey: ["config"] });
  await expect.element(page.getByText(/changed elsewhere while you were typing/)).toBeVisible();
  await expect.element(field("Path prefix")).toHaveValue("/mine");
  expect(gateway.config.routes[0]?.match.path).toBe("/theirs");
  await page.getByRole("button", { name: "Keep mine" }).click();
  await expect.poll(() => gateway.config.routes[0]?.match.path).toBe("/mine");
});

test("an open form follows undo and redo of its own edit and writes nothing itself", async () => {
  const { client } = await openRoutes("/routes?sel=orders");
  const before = gateway.config;
  await field("Path prefix").fill("/v2");
  await expect.poll(() => gateway.config.routes[0]?.match.path).toBe("/v2");
  await expect.element(page.getByText("Changes take effect as you type.")).toBeVisible();
  const after = gateway.config;
  const inForce = async (config: typeof before) => {
    gateway.config = config;
    gateway.revision += 1;
    await client.invalidateQueries({ queryKey: ["config"] });
  };
  await inForce(before);
  await expect.element(field("Path prefix")).toHaveValue("/v1/orders");
  await inForce(after);
  await expect.element(field("Path prefix")).toHaveValue("/v2");
  await expect.element(page.getByText("Changes take effect as you type.")).toBeVisible();
  expect(writes()).toHaveLength(1);
});

test("a route is renamed when its name is left, and its form stays open", async () => {
  await openRoutes("/routes?sel=orders");
  await field("Name").fill("purchases");
  expect(writes()).toEqual([]);
  await userEvent.tab();
  await expect.poll(() => gateway.config.routes[0]?.name).toBe("purchases");
  await expect.element(page.getByRole("form", { name: "Route purchases" })).toBeVisible();
});

test("a preset limit per key brings the key it needs", async () => {
  await openRoutes("/routes?sel=orders");
  await page.getByRole("button", { name: /^Limits/ }).click();
  await page.getByRole("button", { name: "60/min per key" }).click();
  await expect
    .poll(() => gateway.config.routes[0])
    .toMatchObject({
      authentication: { methods: ["api_key"] },
      rate_limits: [{ requests: 60, per: "minute", by: "key" }],
    });
});

test("Delete removes the focused route, and the message undoes it", async () => {
  gateway.past = [
    {
      info: { number: 1, actor: "ui", at_us: 0, note: "" },
      config: { ...gateway.config, services: [shop], routes: [orders] },
      changes: [],
    },
    {
      info: { number: 2, actor: "ui", at_us: 0, note: "" },
      config: { ...gateway.config, services: [shop] },
      changes: ["route `orders` removed"],
    },
  ];
  await openRoutes("/routes");
  const item = page.getByRole("button", { name: /^orders/ });
  await expect.element(item).toBeVisible();
  (item.element() as HTMLElement).focus();
  await userEvent.keyboard("{Delete}");
  await expect.element(page.getByText("Route orders removed")).toBeVisible();
  expect(gateway.config.routes).toEqual([]);
  await page.getByRole("button", { name: "Undo", exact: true }).click();
  await expect.poll(() => gateway.config.routes.map(({ name }) => name)).toEqual(["orders"]);
});

test("a service in use is not deleted, and the message names its routes", async () => {
  gateway.check = ({ services, routes }) =>
    services.length > 0
      ? []
      : routes.map((route, at) => ({
          path: `routes[${at}].service`,
          severity: "error",
          message: `no service is named \`${route.service}\``,
        }));
  await openRoutes("/routes?sel=service:shop");
  await expect.element(page.getByText("Used by 1 route")).toBeVisible();
  await page.getByRole("button", { name: "Delete service shop" }).click();
  await expect.element(page.getByText("Service shop is in use")).toBeVisible();
  await expect.element(page.getByText(/^These routes send to it: orders\./)).toBeVisible();
  expect(gateway.config.services).toHaveLength(1);
});

test("whatever a name holds is shown as text", async () => {
  const name = `<img src=x onerror="document.title='owned'">`;
  await openRoutes("/routes", [{ ...orders, name }]);
  await expect.element(page.getByText(name, { exact: true })).toBeVisible();
  expect(document.querySelector("main img")).toBeNull();
  expect(document.title).not.toBe("owned");
});
