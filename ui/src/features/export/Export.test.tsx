import { beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defaultConsumer, defaultRoute, defaultService, events, queryKeys } from "@/api/index.ts";
import { setPreferences } from "@/app/preferences.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { exported, HAPROXY, NGINX } from "./fixtures.ts";
import type { Options } from "./queries.ts";

const gateway = fakeGateway();

beforeEach(() => {
  setPreferences({ exportTo: "" });
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [defaultRoute("orders"), defaultRoute("weekly")],
    consumers: [defaultConsumer("alice")],
  };
  gateway.answers["GET /export/products"] = () => json([NGINX, HAPROXY]);
  for (const product of [NGINX, HAPROXY]) {
    gateway.answers[`POST /export/${product.id}`] = ({ options }: { options: Options }) =>
      json(exported(product, options.open, options.hashes));
  }
});

/** What was asked for last. */
const asked = () => gateway.calls.findLast(({ path }) => path.startsWith("/export/"));

const marked = () => document.querySelector<HTMLElement>("[data-marked]")?.dataset.marked;

test.each(["light", "dark"])("an export is accessible in %s", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openApp("/export?to=haproxy&file=haproxy.cfg&line=613");
  await expect.element(page.getByText(/26 settings are carried over exactly/)).toBeVisible();
  await expect.poll(marked).toBe("613");
  await expectAccessible();
});

test("G E goes there, and nothing is sent that was not decided", async () => {
  const { router } = await openApp("/history");
  await userEvent.keyboard("ge");
  await expect.element(page.getByRole("heading", { name: "Export", exact: true })).toBeVisible();
  expect(router.state.location.pathname).toBe("/export");
  await expect.poll(() => asked()?.path).toBe("/export/nginx");
  expect(asked()?.body).toEqual({ options: { open: [], hashes: false }, config: null });
});

test("the palette finds it by the name of a product", async () => {
  const { router } = await openApp("/history");
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.keyboard("haproxy");
  await expect.element(page.getByRole("option").first()).toHaveTextContent("Export to another");
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => router.state.location.pathname).toBe("/export");
});

test("what matters most stands first, in words and as text", async () => {
  await openApp("/export");
  const headings = page.getByRole("heading", { level: 2 });
  await expect.element(headings.first()).toHaveTextContent(/Less strict than here/);
  expect(headings.elements().map(({ textContent }) => textContent)).toEqual([
    "Less strict than here1",
    "Approximated2",
    "Left out on purpose1",
    "Secrets to fill in",
    "Write the folder and prove it",
    "Always different in NGINX",
  ]);
  await expect.element(page.getByText("Tried again <b>1</b> times at most.")).toBeVisible();
  await expect.element(page.getByText(/short HTML instead of/)).toBeInTheDocument();
});

test("the product is remembered", async () => {
  const { router } = await openApp("/export");
  await page.getByRole("radio", { name: "HAProxy" }).click();
  await expect.element(page.getByRole("tab", { name: "haproxy.cfg" })).toBeVisible();
  await router.navigate({ to: "/history" });
  await router.navigate({ to: "/export" });
  await expect.element(page.getByRole("radio", { name: "HAProxy" })).toBeChecked();
  await expect.poll(() => asked()?.path).toBe("/export/haproxy");
});

test("a product that there is not is the first that there is", async () => {
  await openApp("/export?to=kong");
  await expect.element(page.getByRole("radio", { name: "NGINX" })).toBeChecked();
});

test("a closed route is exported open only once a person says so, and says so then", async () => {
  const { router } = await openApp("/export");
  const open = page.getByRole("button", { name: "Export it open anyway: weekly" });
  await expect.element(page.getByText("closed, answers 403")).toBeVisible();
  await open.click();
  await expect.element(page.getByText("open, as you said", { exact: true })).toBeVisible();
  expect(asked()?.body).toEqual({ options: { open: ["weekly"], hashes: false }, config: null });
  await expect.element(page.getByText(/is exported open, as you said/)).toBeVisible();
  await expect.element(page.getByText(/--open weekly --prove/)).toBeInTheDocument();
  expect(router.state.location.search).toEqual({ open: "weekly" });
  await page.getByRole("button", { name: "Export it closed again: weekly" }).click();
  await expect.element(open).toBeVisible();
  expect(router.state.location.search).toEqual({});
});

test("what was opened for one product is closed for another", async () => {
  await openApp("/export?open=weekly");
  await expect.element(page.getByText("open, as you said", { exact: true })).toBeVisible();
  await page.getByRole("radio", { name: "HAProxy" }).click();
  await expect.element(page.getByText("closed, answers 403")).toBeVisible();
  expect(asked()?.body).toMatchObject({ options: { open: [] } });
});

test("a finding shows its line, also with the keyboard alone", async () => {
  await openApp("/export");
  const finding = page.getByRole("button", { name: /Nothing is counted by calendar periods/ });
  await expect.element(finding).toBeVisible();
  finding.element().focus();
  await userEvent.keyboard("{Enter}");
  await expect.poll(marked).toBe("613");
  await expect.element(finding).toHaveAttribute("aria-current", "true");
  await expect.element(page.getByText("Line 613 of 1200")).toBeVisible();
  const file = page.getByRole("region", { name: "nginx.conf" }).element();
  const mark = document.querySelector("[data-marked]")?.getBoundingClientRect();
  const frame = file.getBoundingClientRect();
  expect(mark?.top).toBeGreaterThan(frame.top);
  expect(mark?.bottom).toBeLessThan(frame.bottom);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  await expect.poll(marked).toBe("42");
  await expect.element(finding).toHaveAttribute("aria-current", "false");
});

test("the marked line is the one with its number", async () => {
  await openApp("/export?file=nginx.conf&line=613");
  await expect.poll(marked).toBe("613");
  const [numbers, text] = document.querySelectorAll("[role=region] pre:not([aria-label])");
  const mark = document.querySelector("[data-marked]")?.getBoundingClientRect();
  for (const [block, part] of [
    [numbers, "613"],
    [text, "# nginx.conf, line 613 of it"],
  ] as const) {
    const node = block?.firstChild;
    if (!node) throw new Error("There is no text.");
    const start = (node.textContent ?? "").indexOf(part);
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + part.length);
    const box = range.getBoundingClientRect();
    const middle = (box.top + box.bottom) / 2;
    expect(middle).toBeGreaterThan(mark?.top ?? Number.NaN);
    expect(middle).toBeLessThan(mark?.bottom ?? Number.NaN);
  }
});

test("a finding leads to its setting", async () => {
  const { router } = await openApp("/export");
  await page.getByRole("link", { name: "Service shop" }).click();
  await expect.poll(() => router.state.location.pathname).toBe("/routes");
  expect(router.state.location.search).toEqual({ sel: "service:shop" });
});

test("a secret says where it goes", async () => {
  await openApp("/export");
  await expect.element(page.getByText("${KEY_ALICE}", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "keys.map:2" }).click();
  await expect
    .element(page.getByRole("tab", { name: "keys.map" }))
    .toHaveAttribute("aria-selected", "true");
  await expect.poll(marked).toBe("2");
  await expect.element(page.getByRole("switch")).not.toBeInTheDocument();
});

test("hashes are taken over only where they are compared, and when asked for", async () => {
  await openApp("/export?to=haproxy");
  await page.getByRole("switch", { name: "Take over the hashes of API keys" }).click();
  await expect.element(page.getByText("Nothing is left to fill in.")).toBeVisible();
  expect(asked()?.body).toMatchObject({ options: { hashes: true } });
});

test("each file has its tab; an empty one says so", async () => {
  await openApp("/export");
  await expect.element(page.getByRole("region", { name: "nginx.conf" })).toBeVisible();
  await page.getByRole("tab", { name: ".gitignore" }).click();
  await expect.element(page.getByText("This file is empty.")).toBeVisible();
  await page.getByRole("tab", { name: "REPORT.md" }).click();
  await expect
    .element(page.getByRole("region", { name: "REPORT.md" }))
    .toHaveTextContent("# Export to NGINX");
  await expect.element(page.getByRole("button", { name: "Save REPORT.md" })).toBeVisible();
});

test("in a narrow window every file can still be reached", async () => {
  await page.viewport(560, 800);
  try {
    await openApp("/export");
    const tabs = page.getByRole("tab");
    await expect.element(tabs.first()).toHaveTextContent("nginx.conf");
    for (const tab of tabs.elements()) {
      expect(tab.getBoundingClientRect().right).toBeLessThanOrEqual(560);
    }
    await expectAccessible();
  } finally {
    await page.viewport(1280, 800);
  }
});

test("a change of the configuration is a new export", async () => {
  const { client } = await openApp("/export");
  await expect.element(page.getByText(/26 settings/)).toBeVisible();
  gateway.answers["POST /export/nginx"] = () => json({ ...exported(NGINX, [], false), exact: 27 });
  // What the event does.
  await client.invalidateQueries({ queryKey: queryKeys.config });
  await expect.element(page.getByText(/27 settings/)).toBeVisible();
});

test("a key that is issued or revoked is a new export", async () => {
  const listen = vi.spyOn(events, "listen");
  try {
    await openApp("/export");
    await expect.element(page.getByText(/1 secret has to be filled in/)).toBeVisible();
    gateway.answers["POST /export/nginx"] = () =>
      json({ ...exported(NGINX, [], false), placeholders: [] });
    for (const [hear] of listen.mock.calls) hear({ type: "keys_changed" });
    await expect.element(page.getByText(/secret has to be filled in/)).not.toBeInTheDocument();
  } finally {
    listen.mockRestore();
  }
});

test("without a route it says what will be there, and asks for nothing", async () => {
  gateway.config = { ...gateway.config, routes: [] };
  const { router } = await openApp("/export");
  await expect
    .element(page.getByRole("heading", { name: "There is no route to export yet" }))
    .toBeVisible();
  expect(gateway.calls.some(({ method }) => method === "POST")).toBe(false);
  await expectAccessible();
  await page.getByRole("button", { name: "New route" }).click();
  await expect.poll(() => router.state.location.search).toEqual({ sel: ":new" });
});

test("a refusal says why", async () => {
  gateway.answers["POST /export/nginx"] = () =>
    refuse({ code: "config_refused", status: 422, detail: "route `orders` matches nothing" });
  await openApp("/export");
  await expect.element(page.getByRole("alert")).toHaveTextContent("route `orders` matches nothing");
});
