import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { type Config, defaultRoute, defaultService } from "@/api/index.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import { fakeTraffic, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const { gateway } = traffic;

const NOTE = { at_us: 0, actor: "ui", note: "" } as const;

function configWith(change: Partial<Config["routes"][number]>): Config {
  const route = { ...defaultRoute("orders", "shop"), ...change };
  return { ...gateway.config, services: [defaultService("shop")], routes: [route] };
}

async function openPolicy() {
  const { summary } = DETAILS[200];
  traffic.rows = [summary];
  return openTraffic(`?sel=${summary.id}&tab=policy`);
}

test.each(["light", "dark"])(
  "what held is beside what holds now, in the %s theme",
  async (theme) => {
    document.documentElement.dataset.theme = theme;
    gateway.past = [{ info: { ...NOTE, number: 7 } as never, config: configWith({}), changes: [] }];
    gateway.revision = 9;
    gateway.config = configWith({
      match: { ...defaultRoute("orders", "shop").match, path: "/v2/orders" },
    });
    gateway.answers["POST /explain"] = (body: { exchange: string; when: object }) =>
      json({
        sentence: `No route takes this request ${(body.when as { kind: string }).kind}.`,
        code: "route_not_found",
        trace: [],
        assumed: [],
      });
    const { router } = await openPolicy();
    const route = page.getByRole("region", { name: "Route orders" });
    await expect.element(page.getByText("2 revisions since, 1 of these changed.")).toBeVisible();
    await expect.element(route).toHaveTextContent(/Match.*Now: /);
    await expect.element(page.getByRole("region", { name: "Service shop" })).toBeVisible();
    await expect
      .element(page.getByRole("region", { name: "The same request now" }))
      .toHaveTextContent("No route takes this request now.");
    await expectAccessible();
    await route.getByRole("link", { name: "Limits" }).click();
    await expect
      .poll(() => router.state.location.search)
      .toMatchObject({ sel: "orders", part: "limits" });
    await expect
      .element(page.getByRole("button", { name: /^Limits/ }))
      .toHaveAttribute("aria-expanded", "true");
  },
);

test("without a change since it says so, and what would happen now is one press away", async () => {
  gateway.past = [{ info: { ...NOTE, number: 7 } as never, config: configWith({}), changes: [] }];
  gateway.revision = 7;
  gateway.config = configWith({});
  const { router } = await openPolicy();
  await expect.element(page.getByText(/, which is in force\./)).toBeVisible();
  expect(gateway.calls.some(({ path }) => path === "/explain")).toBe(false);
  await page.getByRole("button", { name: "What would happen now?" }).click();
  await expect.poll(() => router.state.location.search).toMatchObject({ tab: "what-if" });
});
