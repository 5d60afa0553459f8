import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway, json } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { type components, defaultRoute, defaultService, type Route } from "@/api/index.ts";
import { type Aggregate, newPart } from "./aggregateText.ts";

type Schemas = components["schemas"];

const parts: Aggregate["parts"] = [
  { ...newPart("user", "users"), path: "/users/{{request.path.id}}" },
  { ...newPart("orders", "shop"), path: "/orders/{{user.id}}", required: false },
];
const dash: Route = {
  ...defaultRoute("dash"),
  match: { ...defaultRoute("").match, path: "/dash/{id}", path_kind: "template" },
  aggregate: { parts, deadline_ms: 10_000, max_bytes: 10_485_760, meta: false },
};

const lane = (
  name: string,
  end: Schemas["PartEnd"],
  reason: string | null,
): Schemas["PartFact"] => ({
  name,
  service: name,
  required: name === "user",
  needs: name === "user" ? [] : ["user"],
  end,
  reason,
  at_us: name === "user" ? 0 : 4000,
  took_us: 4000,
  asked: 1,
  failed: reason === null ? 0 : 1,
  bytes: 120,
  calls: [
    {
      entry: null,
      method: "GET",
      path: `/${name}/7`,
      at_us: name === "user" ? 0 : 4000,
      took_us: 4000,
      status: reason === null ? 200 : 500,
      reason,
      bytes: 120,
      tries: [],
    },
  ],
});

const previewed: Schemas["AggregatePreviewed"] = {
  status: 200,
  headers: [
    { name: "x-gateway-completed", value: "false" },
    { name: "x-gateway-incomplete", value: "orders" },
  ],
  body: '{"user":{"id":7}}',
  body_truncated: false,
  completed: false,
  parts: [lane("user", "ok", null), lane("orders", "failed", "it answered 500")],
  took_us: 8200,
};

const row = (failed: string[], more: Partial<Schemas["FailureRow"]>): Schemas["FailureRow"] => ({
  failed,
  not_asked: [],
  status: 200,
  code: null,
  decided: null,
  completed: true,
  incomplete: [],
  body: "{}",
  ...more,
});
const table: Schemas["FailureTable"] = {
  parts: ["user", "orders"],
  all: true,
  rows: [
    row([], { body: '{"user":{},"orders":{}}' }),
    row(["user"], {
      status: 502,
      code: "part_failed",
      decided: "user",
      completed: null,
      not_asked: ["orders"],
    }),
    row(["orders"], { completed: false, incomplete: ["orders"], body: '{"user":{}}' }),
    row(["user", "orders"], {
      status: 502,
      code: "part_failed",
      decided: "user",
      completed: null,
      not_asked: ["orders"],
    }),
  ],
};

const gateway = fakeGateway();

async function openDash(route: Route = dash) {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("users"), defaultService("shop", "http://127.0.0.1:3001")],
    routes: [route],
  };
  gateway.answers["POST /aggregates/preview"] = () => json(previewed);
  gateway.answers["POST /aggregates/failures"] = () => json(table);
  await openApp("/routes?sel=dash");
}

const button = (name: string | RegExp) => page.getByRole("button", { name });
const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const inForce = () => gateway.config.routes[0]?.aggregate;
const expectInForce = (aggregate: object) =>
  expect.poll(inForce, { timeout: 5000 }).toMatchObject(aggregate);
const asked = (path: string) => gateway.calls.filter((call) => call.path === path);

test("a route comes to be answered by several services", async () => {
  await openDash({ ...dash, aggregate: null, service: "users" });
  await page.getByRole("radio", { name: "Several services" }).click();
  await expectInForce({ parts: [{ name: "users", service: "users" }, { name: "shop" }] });
  expect(gateway.config.routes[0]?.service).toBeNull();
  await button("Add part").click();
  await expectInForce({ parts: [{}, {}, { name: "part-3" }] });
  await button("Move part part-3 up").click();
  await expectInForce({ parts: [{}, { name: "part-3" }, { name: "shop" }] });
  await button("Remove part part-3").click();
  await expectInForce({ parts: [{ name: "users" }, { name: "shop" }] });
});

test("a part is edited: what is asked, where it stands, and what if it fails", async () => {
  await openDash();
  await expect
    .element(page.getByRole("list", { name: "In which order parts are asked" }))
    .toHaveTextContent("At once: userThen: ordersoptional");
  await page
    .getByRole("group", { name: "Parts of the answer" })
    .getByRole("button", { name: /^orders/ })
    .click();
  await field("Path").fill("/o/");
  await button("Put in {{user.id}}").click();
  await button("Add a parameter").click();
  await field("Name of parameter 1").fill("page");
  await field("Value of parameter 1").fill("{{request.query.page}}");
  await page.getByRole("combobox", { name: "Method", exact: true }).click();
  await page.getByRole("option", { name: "POST" }).click();
  await field("Body").fill('{"ids": "{{user.ids}}"}');
  await button(/^How often/).click();
  await page.getByRole("switch", { name: "Once for each entry of a list" }).click();
  await field("List").fill("user.orders");
  await button(/^In the answer/).click();
  await page.getByRole("radio", { name: "Elsewhere" }).click();
  await field("Under").fill("user.orders");
  await field("Keep only").fill("id, sum");
  await button(/^When it fails/).click();
  await field("Stands in for an entry").fill("null");
  await expectInForce({
    parts: [
      { name: "user" },
      {
        path: "/o/{{user.id}}",
        query: [{ name: "page", value: "{{request.query.page}}" }],
        method: "POST",
        body: { ids: "{{user.ids}}" },
        for_each: { list: "user.orders", concurrency: 8 },
        mount: "user.orders",
        select: ["id", "sum"],
        default: null,
        required: false,
      },
    ],
  });
  await field("Body").fill('{"ids": ');
  await expect.element(page.getByText(/no JSON yet/)).toBeVisible();
  expect(inForce()?.parts[1]?.body).toEqual({ ids: "{{user.ids}}" });
  await expectAccessible();
});

test("the answer is made with the real services, as it stands in the form", async () => {
  await openDash();
  await expect.element(field("Path of the request")).toHaveValue("/dash/7");
  await button("Make the answer").click();
  const preview = page.getByRole("region", { name: "Preview of the answer" });
  await expect
    .element(preview.getByRole("status").first())
    .toHaveTextContent("200incompletein 8.2 msmissing: orders");
  const lanes = preview.getByRole("list", { name: "Parts" });
  await expect
    .element(lanes.getByRole("listitem").nth(1))
    .toHaveTextContent(
      "orders · service orders · optional · failedGET /orders/7 · 500 · 120 BAfter user.It answered 500.",
    );
  await expect
    .element(preview.getByRole("region", { name: "The answer" }))
    .toHaveTextContent('"id": 7');
  const [call] = asked("/aggregates/preview");
  expect(call?.body).toMatchObject({
    route: "dash",
    method: "GET",
    url: "/dash/7",
    config: { routes: [{ name: "dash" }] },
  });
  await expectAccessible();
});

test("the failure table says what a caller would see, however parts fail", async () => {
  await openDash();
  const failures = page.getByRole("table", { name: "Failures" });
  const line = (at: number) => failures.getByRole("row").nth(at);
  await expect.element(line(1)).toHaveTextContent("nothing200Everything.");
  await expect.element(line(2)).toHaveTextContent("usernot asked: orders");
  await expect.element(line(2)).toHaveTextContent("502A problem: user is required.");
  await expect.element(line(3)).toHaveTextContent("orders200Everything but orders.");
  await page.getByRole("radio", { name: "Takes too long" }).click();
  await expect
    .poll(() => asked("/aggregates/failures").map((call) => (call.body as { how: string }).how))
    .toContain("timeout");
  await expectAccessible();
});

test("what is wrong stands at its part, and nothing is made of it", async () => {
  gateway.check = () => [
    {
      path: "routes[0].aggregate.parts[1].path",
      severity: "error",
      message: "no part is named `usr`",
    },
  ];
  await openDash();
  const part = page
    .getByRole("group", { name: "Parts of the answer" })
    .getByRole("button", { name: /^orders/ });
  await expect.element(part).toHaveTextContent("1 error");
  await part.click();
  await expect
    .element(page.getByText("no part is named `usr`").or(page.getByText("no part is named usr")))
    .toBeVisible();
  await expect.element(button("Make the answer")).toHaveAttribute("aria-disabled", "true");
});
