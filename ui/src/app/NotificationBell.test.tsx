import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../test/axe.ts";
import { fakeGateway } from "../../test/fakeGateway.ts";
import { openApp } from "../../test/openApp.tsx";
import { addNotices, noticed } from "./useNotices.ts";

const gateway = fakeGateway();

const DOWN = {
  about: "service shop",
  group: "Services",
  tone: "err",
  title: "shop: down",
  link: { to: "/traffic", search: { q: "service:shop is:error" } },
} as const;

test.each(["light", "dark"])(
  "what happened is grouped and accessible in the %s theme",
  async (theme) => {
    document.documentElement.dataset.theme = theme;
    noticed.set([]);
    await openApp("/keys");
    addNotices(
      [DOWN, { ...DOWN, about: "quota k1", group: "Keys", title: "acme has used 80 %" }],
      1e12,
    );
    addNotices([DOWN], 1e12);
    await page.getByRole("button", { name: "Notifications, 2 new ones" }).click();
    const list = page.getByRole("dialog", { name: "Notifications" });
    await expect
      .element(list.getByRole("region", { name: "Services" }))
      .toHaveTextContent("shop: down ×2");
    await expect.element(list.getByRole("region", { name: "Keys" })).toBeVisible();
    await expectAccessible();
  },
);

test("a notice leads to what shows it, and is seen then", async () => {
  noticed.set([]);
  gateway.status = { ...gateway.status, log: { rows: 1, bytes: 1 } };
  const { router } = await openApp("/keys");
  addNotices([DOWN], Date.now());
  await page.getByRole("button", { name: "Notifications, 1 new one" }).click();
  await page.getByRole("link", { name: /shop: down/ }).click();
  await expect
    .poll(() => router.state.location.search)
    .toMatchObject({ q: "service:shop is:error" });
  await expect
    .element(page.getByRole("button", { name: "Notifications", exact: true }))
    .toBeVisible();
});
