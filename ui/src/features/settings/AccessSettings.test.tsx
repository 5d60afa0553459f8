import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { defaultApiKeys, defaultLimits, defaultQuota } from "@/api/index.ts";

const gateway = fakeGateway();

const section = (title: string) =>
  page.getByRole("main").getByRole("heading", { name: title, level: 2 });
const field = (name: string) => page.getByRole("textbox", { name, exact: true });

test("keys in the query come with a warning, and are said where to be looked for", async () => {
  await openApp("/settings");
  await expect.element(section("API keys")).toBeVisible();
  await field("Headers that may carry a key").fill("X-API-Key, X-Token");
  await field("Query parameter that may carry a key").fill("apikey");
  await expect.element(page.getByText(/Keys in the query end up in histories/)).toBeVisible();
  await page.getByRole("switch", { name: /Take keys out of requests/ }).click();
  await field("Query parameter that may carry a key").click();
  await press("API keys");
  await expect
    .poll(() => gateway.config.api_keys)
    .toEqual({
      ...defaultApiKeys(),
      headers: ["X-API-Key", "X-Token"],
      query: "apikey",
      strip: false,
    });
});

test("how limits are told, where midnight is, and a quota for all routes", async () => {
  await openApp("/settings");
  await page.getByRole("combobox", { name: "Headers that tell callers of limits" }).click();
  await page.getByRole("option", { name: /^As Kong/ }).click();
  await page.getByRole("combobox", { name: "Time zone of quotas" }).fill("Europe/Berlin");
  await page.getByRole("button", { name: "1000 a day per key" }).click();
  await expect
    .element(field("Called"))
    .toHaveAttribute("placeholder", "1000 a day per key of all routes");
  await press("Limits and quotas");
  await expect
    .poll(() => gateway.config.limits)
    .toEqual({
      ...defaultLimits(),
      headers: "kong",
      time_zone: "Europe/Berlin",
      quotas: [defaultQuota(1000, "day", "key")],
    });
});

test("a time zone that is none says so under its field, and stays to be mended", async () => {
  gateway.check = ({ limits }) =>
    limits.time_zone === "Mars"
      ? [{ path: "limits.time_zone", severity: "error", message: "`Mars` is no time zone" }]
      : [];
  await openApp("/settings");
  const zone = page.getByRole("combobox", { name: "Time zone of quotas" });
  await zone.fill("Mars");
  await press("Limits and quotas");
  await expect.element(zone).toHaveAccessibleDescription(/Mars is no time zone/);
  await expect.element(zone).toHaveValue("Mars");
});

test.each(["light", "dark"])("both are accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  gateway.config.api_keys = { ...defaultApiKeys(), query: "key" };
  gateway.config.limits = { ...defaultLimits(), quotas: [defaultQuota(10, "day", "ip")] };
  await openApp("/settings");
  await expect.element(section("Limits and quotas")).toBeVisible();
  await expectAccessible();
});

/** Presses Save of the section with this heading. */
async function press(title: string) {
  await expect.element(section(title)).toBeVisible();
  const button = section(title).element().closest("section")?.querySelector("[type=submit]");
  (button as HTMLButtonElement).click();
}
