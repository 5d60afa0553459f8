import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defaultRoute, defaultService } from "@/api/index.ts";
import { setPreferences } from "@/app/preferences.ts";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../../test/axe.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { fakeTraffic, paths } from "../testTraffic.tsx";

const traffic = fakeTraffic();

const dock = () => page.getByRole("region", { name: "Log" });

async function openAt(address: string) {
  setPreferences({ dockOpen: false });
  traffic.gateway.config = {
    ...traffic.gateway.config,
    services: [defaultService("shop")],
    routes: [defaultRoute("orders", "shop")],
  };
  traffic.rows = [exchange({ seq: 1 }), exchange({ seq: 2 })];
  return openApp(address);
}

test("the log opens below what is open, filtered to it, and closes by the same key", async () => {
  await openAt("/routes?sel=orders");
  await userEvent.keyboard("`");
  await expect.element(dock().getByRole("radio", { name: "route:orders" })).toBeChecked();
  await expect.poll(() => traffic.asked().get("q")).toBe("route:orders");
  await dock().getByText("All", { exact: true }).click();
  await expect.poll(() => traffic.asked().get("q")).toBe("");
  await expect.poll(paths).toEqual(["/orders/8001", "/orders/8002"]);
  document.querySelector<HTMLElement>("main")?.focus();
  await userEvent.keyboard("`");
  await expect.element(dock()).not.toBeInTheDocument();
});

test("a row leads to Traffic, with the filter, by Enter and by a double press", async () => {
  const { router } = await openAt("/routes?sel=service:shop");
  await userEvent.keyboard("`");
  await dock().getByText("All", { exact: true }).click();
  await expect.poll(paths).toEqual(["/orders/8001", "/orders/8002"]);
  await dock().getByText("/orders/8001").click();
  expect(router.state.location.pathname).toBe("/routes");
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => router.state.location.search).toMatchObject({ sel: exchange().id });
  expect(router.state.location.pathname).toBe("/traffic");
  await expect.element(dock()).not.toBeInTheDocument();
});

test("Escape in it closes it; that it is open is remembered from place to place", async () => {
  const { router } = await openAt("/history");
  await userEvent.keyboard("`");
  await expect.element(dock().getByRole("grid", { name: "Requests" })).toHaveFocus();
  await router.navigate({ to: "/settings" });
  await expect.element(dock()).toBeVisible();
  dock().getByRole("grid").element().focus();
  await userEvent.keyboard("{Escape}");
  await expect.element(dock()).not.toBeInTheDocument();
});

test.each(["light", "dark"])("it is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openAt("/routes?sel=orders");
  await userEvent.keyboard("`");
  await expect.element(dock().getByRole("grid")).toBeVisible();
  await expectAccessible();
});
