import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { defaultRoute, defaultService, type Route } from "@/api/index.ts";

const orders: Route = {
  ...defaultRoute("orders", "shop"),
  match: { ...defaultRoute("").match, path: "/orders" },
};
const gateway = fakeGateway();

async function openMock(route: Route = orders) {
  gateway.config = { ...gateway.config, services: [defaultService("shop")], routes: [route] };
  await openApp(`/routes?sel=${route.name}`);
  await page.getByRole("button", { name: /^Mock/ }).click();
}

const mockOf = () => gateway.config.routes[0]?.mock;

test.each(["light", "dark"])("the rules are accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openMock();
  await page.getByRole("button", { name: "Answer with a mock" }).click();
  await expect.element(page.getByRole("group", { name: "Rule 1" })).toBeVisible();
  await expectAccessible();
});

test("a rule is added, changed and comes into force", async () => {
  await openMock();
  await page.getByRole("button", { name: "Answer with a mock" }).click();
  const rule = page.getByRole("group", { name: "Rule 1" });
  await rule.getByRole("textbox", { name: "Body" }).fill('{"id": {{ path.id }}}');
  await rule.getByRole("button", { name: "POST" }).click();
  await expect.poll(() => mockOf()?.rules[0]?.body).toBe('{"id": {{ path.id }}}');
  await expect.poll(() => mockOf()?.rules[0]?.match.methods).toEqual(["POST"]);
});

test("rules change places, and the last one that goes takes the mock with it", async () => {
  const rule = (status: number) => ({
    match: defaultRoute("").match,
    status,
    headers: [],
    body: "",
    delay_ms: 0,
  });
  await openMock({ ...orders, mock: { enabled: true, rules: [rule(201), rule(202)] } });
  await page.getByRole("button", { name: "Move rule 2 up" }).click();
  await expect.poll(() => mockOf()?.rules.map(({ status }) => status)).toEqual([202, 201]);
  await page.getByRole("button", { name: "Remove rule 1" }).click();
  await page.getByRole("button", { name: "Remove rule 1" }).click();
  await expect.poll(() => mockOf()).toBeNull();
});

test("a mock that is switched off keeps its rules", async () => {
  const rules = [{ match: orders.match, status: 200, headers: [], body: "x", delay_ms: 0 }];
  await openMock({ ...orders, mock: { enabled: true, rules } });
  await page.getByRole("switch", { name: "The mock answers" }).click();
  await expect.poll(() => mockOf()).toEqual({ enabled: false, rules });
});
