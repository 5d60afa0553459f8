import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { BY, OLD, QUOTA, SINCE_S, usage } from "./fixtures.ts";

const gateway = fakeGateway();
let asked: URL[] = [];

beforeEach(() => {
  asked = [];
  gateway.answers["GET /usage"] = (_: never, url: URL) => {
    asked.push(url);
    const by = url.searchParams.get("by");
    return json(by === null ? usage([], 3600) : BY[by]);
  };
  gateway.answers["GET /usage/quotas"] = () => json([QUOTA]);
  gateway.answers["GET /usage/old-versions"] = () => json([OLD]);
  gateway.answers["GET /exchanges"] = () => json({ rows: [], next: null });
});

const plot = (name: string) => page.getByRole("slider", { name: `${name}, point in time` });
const q = (router: Awaited<ReturnType<typeof openApp>>["router"]) =>
  (router.state.location.search as { q?: string }).q;
const moment = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

test.each(["light", "dark"])("the dashboards are accessible in %s", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openApp("/dashboards");
  await expect.element(plot("Requests by status")).toBeVisible();
  await expect.element(page.getByRole("heading", { name: "Targets" })).toBeVisible();
  await expect.element(page.getByRole("heading", { name: "Old versions" })).toBeVisible();
  await expectAccessible();
});

test("each chart says in a sentence what it shows", async () => {
  await openApp("/dashboards");
  const said = [
    /145 requests: 2 with 5xx, 17 with 429, 1 with 401\./,
    /Half within 11 ms, 95 % within 52 ms, 99 % within 140 ms, of 145 measured\./,
    /mobile-dev has 80 of 200 left of "200\/day per key" and runs out about/,
    /3 keys still call it, last/,
    /2 of 2 targets had 5xx/,
  ];
  await Promise.all(
    said.map((sentence) => expect.element(page.getByText(sentence).first()).toBeVisible()),
  );
});

test("arrows move through the points, and Enter leads to the rows of one", async () => {
  const { router } = await openApp("/dashboards?route=orders");
  const chart = plot("Requests by status");
  await expect.element(chart).toHaveAttribute("aria-valuetext", "no point chosen");
  (chart.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  await expect
    .element(chart)
    .toHaveAttribute(
      "aria-valuetext",
      expect.stringMatching(/2xx 35, 3xx 0, 4xx 1, 429 5, 5xx 2$/),
    );
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
  expect(q(router)).toBe(
    `route:=orders -is:replayed -is:refresh since:${moment(SINCE_S + 60)} until:${moment(SINCE_S + 120)}`,
  );
});

test("the cache is told by its share, its answers and what it saved", async () => {
  const { router } = await openApp("/dashboards?replays=yes");
  await expect
    .element(page.getByText(/125 of 127 requests \(98.4 %\) answered with what is kept/))
    .toBeVisible();
  await page.getByRole("radio", { name: "Answers" }).click();
  const chart = plot("Cache");
  (chart.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  await expect
    .element(chart)
    .toHaveAttribute("aria-valuetext", expect.stringMatching(/hit 35, .*miss 2, bypass 0$/));
  await page.getByRole("radio", { name: "Share" }).click();
  (plot("Cache").element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{Enter}");
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
});

test("a press on a part of a bar leads to those rows", async () => {
  const { router } = await openApp("/dashboards?replays=yes");
  const chart = plot("Requests by status");
  await expect.element(chart).toBeVisible();
  const { width, height } = chart.element().getBoundingClientRect();
  // The fourth of four bars; near its foot is what went well.
  const x = 58 + (width - 66) * (3.4 / 4);
  await expect.poll(() => chart.element().querySelector("canvas")).not.toBeNull();
  await chart.click({ position: { x, y: height - 36 } });
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
  expect(q(router)).toBe(
    `status:2xx since:${moment(SINCE_S + 180)} until:${moment(SINCE_S + 240)}`,
  );
});

test("every chart is a table too, and its rows lead to requests", async () => {
  await openApp("/dashboards");
  await page.getByRole("button", { name: "Show Requests by status as a table" }).click();
  const table = page.getByRole("region", { name: "Requests by status, point by point" });
  await expect.element(table.getByRole("row").nth(1)).toHaveTextContent(/50.*12/);
  await expect
    .element(table.getByRole("link").first())
    .toHaveAttribute("href", expect.stringContaining("since:"));
  await expectAccessible();
  await page.getByRole("button", { name: "Show Requests by status as a chart" }).click();
  await expect.element(plot("Requests by status")).toBeVisible();
});

test("who called is told by consumer, plan and key, and each leads to its rows", async () => {
  await openApp("/dashboards?replays=yes");
  const table = (one: string) => page.getByRole("table", { name: `Usage by ${one}` });
  const leads = (one: string, name: string) =>
    expect.element(table(one).getByRole("rowheader", { name }).getByRole("link"));
  const href = (term: string) =>
    expect.stringContaining(`q=${encodeURIComponent(term).replaceAll("%3A", ":")}`);
  await leads("consumer", "acme (old)").toHaveAttribute("href", href('consumer:="acme (old)"'));
  await leads("consumer", "nobody known").toHaveAttribute("href", href("-has:consumer"));
  await expect
    .element(table("consumer").getByRole("rowheader", { name: "all others" }))
    .toBeVisible();
  await page.getByRole("radio", { name: "Plans" }).click();
  await leads("plan", "gold").toHaveAttribute("href", href("plan:=gold"));
  await leads("plan", "no plan").toHaveAttribute("href", href("-has:plan"));
  await page.getByRole("radio", { name: "Keys" }).click();
  await leads("key", "mobile-dev").toHaveAttribute("href", href("key:=mobile-dev"));
  await expectAccessible();
});

test("what is looked at can be one consumer or plan, and so can its rows", async () => {
  gateway.config.plans = [{ name: "gold", rate_limits: [], quotas: [], concurrency: [] }];
  const { router } = await openApp("/dashboards");
  await page.getByRole("combobox", { name: "Caller" }).click();
  await page.getByRole("option", { name: "Plan gold" }).click();
  await expect.poll(() => router.state.location.search).toEqual({ plan: "gold" });
  await expect.poll(() => asked.some((url) => url.searchParams.get("plan") === "gold")).toBe(true);
  const chart = plot("Requests by status");
  (chart.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowRight}{Enter}");
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
  expect(q(router)).toMatch(/^plan:=gold -is:replayed -is:refresh since:/);
});

test("what is looked at is in the address and in what the gateway is asked", async () => {
  const { router } = await openApp("/dashboards");
  await expect
    .poll(() => asked.some((url) => url.searchParams.get("last_s") === "3600"))
    .toBe(true);
  await page.getByRole("combobox", { name: "Time" }).click();
  await page.getByRole("option", { name: "Last 24 h" }).click();
  await expect
    .poll(() => asked.some((url) => url.searchParams.get("last_s") === "86400"))
    .toBe(true);
  expect(router.state.location.search).toEqual({ range: "24h" });
  await page.getByRole("switch", { name: "With replays" }).click();
  await expect
    .poll(() => asked.some((url) => url.searchParams.get("callers_only") === "false"))
    .toBe(true);
  await userEvent.keyboard("=");
  await expect
    .poll(() => router.state.location.search)
    .toMatchObject({ replays: "yes", from: String(SINCE_S + 60) });
});

test("a gateway that cannot say tells why", async () => {
  gateway.answers["GET /usage"] = () =>
    json(
      { type: "about:blank", title: "x", status: 500, code: "storage_failed", detail: "the disk" },
      { status: 500, headers: { "Content-Type": "application/problem+json" } },
    );
  await openApp("/dashboards");
  await expect.element(page.getByText(/the disk/)).toBeVisible();
});
