import { expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../test/axe.ts";
import { fakeGateway } from "../../test/fakeGateway.ts";
import { openApp } from "../../test/openApp.tsx";
import { preferences, setPreferences } from "./preferences.ts";
import { addNotices, noticed, tellSystem } from "./useNotices.ts";

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

test("what is urgent is told by the system only where that is wanted and nobody looks", () => {
  const told = vi.fn<(title: string, options: NotificationOptions) => void>();
  class Stub {
    static permission = "granted";
    constructor(title: string, options: NotificationOptions) {
      told(title, options);
    }
  }
  vi.stubGlobal("Notification", Stub);
  const focus = vi.spyOn(document, "hasFocus");
  const urgent = { ...DOWN, urgent: true } as const;
  focus.mockReturnValue(false);
  tellSystem([urgent]);
  expect(told, "it is off by default").not.toHaveBeenCalled();
  setPreferences({ systemNotices: true });
  focus.mockReturnValue(true);
  tellSystem([urgent]);
  expect(told, "the window is looked at").not.toHaveBeenCalled();
  focus.mockReturnValue(false);
  tellSystem([urgent, DOWN]);
  expect(told.mock.calls).toEqual([["shop: down", { body: "", tag: "service shop" }]]);
  setPreferences({ systemNotices: false });
  expect(preferences.get().systemNotices).toBe(false);
  focus.mockRestore();
  vi.unstubAllGlobals();
});

test("a certificate that ends is behind the bell", async () => {
  noticed.set([]);
  gateway.certificates = [
    {
      name: "Shop authority",
      path: "/etc/shop.pem",
      purpose: { kind: "services", services: ["shop"] },
      not_after_us: Date.UTC(2026, 11, 24, 12) * 1000,
      state: "ends_soon",
      advice: "Ask whoever runs it for the next one.",
    },
  ];
  await openApp("/keys");
  await page.getByRole("button", { name: "Notifications, 1 new one" }).click();
  await expect
    .element(page.getByRole("region", { name: "Certificates" }))
    .toHaveTextContent("Certificate Shop authority ends on Dec 24, 2026Ask whoever runs it");
});
