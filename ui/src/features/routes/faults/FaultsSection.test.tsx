import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { defaultRoute, defaultService } from "@/api/index.ts";

const gateway = fakeGateway();

async function openFaults() {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [defaultRoute("orders", "shop")],
  };
  await openApp("/routes?sel=orders");
  await page.getByRole("button", { name: /^Faults/ }).click();
}

test.each(["light", "dark"])("the form is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openFaults();
  await page.getByRole("button", { name: "Break it on purpose" }).click();
  await expect.element(page.getByRole("group", { name: "New fault" })).toBeVisible();
  await expectAccessible();
});

test("a fault is switched on, stands above every place and is switched off there", async () => {
  await openFaults();
  await page.getByRole("button", { name: "Break it on purpose" }).click();
  await page.getByRole("textbox", { name: "Status" }).fill("500");
  await page.getByRole("button", { name: "Switch it on" }).click();
  expect(gateway.faults).toMatchObject([
    { effect: { kind: "error", status: 500 }, route: "orders", share_percent: 20 },
  ]);
  const banner = page.getByRole("status").filter({ hasText: "On purpose until" });
  await expect.element(banner).toHaveTextContent("20 % of requests of orders: answered 500");
  await banner.getByRole("button", { name: "Switch off" }).click();
  await expect.element(banner).not.toBeInTheDocument();
  expect(gateway.faults).toEqual([]);
});

test("the next request is refused once, by two presses, and the banner says so", async () => {
  await openFaults();
  await page.getByRole("button", { name: "Force next…" }).click();
  await page.getByRole("menuitem", { name: "429 Too Many Requests" }).click();
  await expect.poll(() => gateway.faults.length).toBe(1);
  expect(gateway.faults).toMatchObject([
    { effect: { kind: "refuse", refusal: "limited" }, route: "orders", times: 1 },
  ]);
  const banner = page.getByRole("status").filter({ hasText: "On purpose until" });
  await expect
    .element(banner)
    .toHaveTextContent("The next request of orders: answered 429 Too Many Requests");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => gateway.faults).toEqual([]);
});
