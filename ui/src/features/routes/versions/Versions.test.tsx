import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import {
  defaultRoute,
  defaultService,
  defaultVersion,
  defaultVersions,
  type Route,
  type Versions,
} from "@/api/index.ts";

const orders: Route = {
  ...defaultRoute("orders", "shop"),
  match: { ...defaultRoute("").match, path: "/orders" },
};
const nextVersion = { ...defaultVersion("v2"), service: "next", successor: "v1" };
const two: Versions = {
  ...defaultVersions(),
  list: [defaultVersion("v1"), nextVersion],
};
const split: Versions = {
  ...two,
  default: null,
  split: {
    sticky: "none",
    cookie: null,
    weights: [
      { version: "v1", weight: 90 },
      { version: "v2", weight: 10 },
    ],
  },
};

const gateway = fakeGateway();

async function openVersions(versions: Versions | null) {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop"), defaultService("next", "http://127.0.0.1:3001")],
    routes: [{ ...orders, versions }],
  };
  await openApp("/routes?sel=orders");
  await button(/^Versions & split/).click();
}

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const button = (name: string | RegExp) => page.getByRole("button", { name });
const handle = (name: string) => page.getByRole("slider", { name });
const inForce = () => gateway.config.routes[0]?.versions;
const expectInForce = (versions: object) =>
  expect.poll(inForce, { timeout: 5000 }).toMatchObject(versions);
const weights = () => inForce()?.split?.weights.map(({ weight }) => weight);

async function choose(label: string, option: string | RegExp) {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
}

test("where callers name a version, and what belongs to that place", async () => {
  await openVersions(two);
  await field("Name of the header").fill("X-V");
  await expectInForce({ by: "header", name: "X-V" });
  await choose("Callers name a version in", /^The path/);
  await choose("It is the segment", /^After/);
  await field("What a version looks like").fill("[0-9]{4}");
  await page.getByRole("switch", { name: /^Remove the segment/ }).click();
  await expectInForce({
    by: "path",
    name: null,
    place: "after_prefix",
    pattern: "[0-9]{4}",
    strip: false,
  });
});

test("a version goes elsewhere, is written otherwise, changes headers and has limits", async () => {
  await openVersions(two);
  await button(/^v1/).click();
  await field("Callers write").fill("2025-01");
  const v1 = page.getByRole("group", { name: "Version v1" });
  await v1.getByRole("combobox", { name: "Service" }).click();
  await page.getByRole("option", { name: /^next/ }).click();
  await v1.getByLabelText("Path sent on").fill("/old/{rest}");
  await v1.getByRole("button", { name: /^Limits/ }).click();
  await button("10/s per IP").click();
  await v1.getByRole("button", { name: /^Change/ }).click();
  const request = page.getByRole("group", { name: "Request headers" });
  await request.getByRole("button", { name: "Set a header" }).click();
  await field("Name of request header to set 1").fill("X-Old");
  await field("Value of request header to set 1").fill("1");
  await expectInForce({
    list: [
      {
        name: "v1",
        value: "2025-01",
        service: "next",
        rewrite: "/old/{rest}",
        rate_limits: [{ requests: 10 }],
        request_headers: { set: [{ name: "X-Old", value: "1" }] },
      },
      { name: "v2" },
    ],
  });
});

test("a version is deprecated on a day, stops on another, and says where to go", async () => {
  await openVersions({
    ...two,
    list: [
      { ...defaultVersion("v1"), deprecated_at: "2026-12-01T12:30:00Z" },
      defaultVersion("v2"),
    ],
  });
  await button(/^v1/).click();
  await button(/^Deprecation/).click();
  const deprecated = page.getByLabelText("Deprecated from");
  await expect.element(deprecated).toHaveValue("2026-12-01");
  await expect.element(deprecated).toHaveAccessibleDescription("At 12:30 UTC");
  await deprecated.fill("2027-01-15");
  await page.getByLabelText("Stops on").fill("2027-06-01");
  await page.getByRole("switch", { name: /^Answer 410/ }).click();
  await field("Read about the end at").fill("https://shop.test/end");
  await choose("Callers should move to", "v2");
  await expectInForce({
    list: [
      {
        deprecated_at: "2027-01-15T12:30:00Z",
        sunset_at: "2027-06-01T00:00:00Z",
        enforce_sunset: true,
        sunset_link: "https://shop.test/end",
        successor: "v2",
      },
      {},
    ],
  });
  await deprecated.fill("");
  await expectInForce({ list: [{ deprecated_at: null }, {}] });
});

test("a renamed version keeps its share, and who points to it follows", async () => {
  await openVersions(split);
  await button(/^v1/).click();
  await page
    .getByRole("group", { name: /^Version v/ })
    .getByLabelText("Name")
    .fill("v1.0");
  await userEvent.tab();
  await expectInForce({
    split: { weights: [{ version: "v1.0", weight: 90 }, { version: "v2" }] },
    list: [{ name: "v1.0" }, { successor: "v1.0" }],
  });
});

test("a version that goes leaves no share and no pointer behind", async () => {
  await openVersions(split);
  await button("Remove version v1").click();
  await expectInForce({
    split: { weights: [{ version: "v2", weight: 10 }] },
    list: [{ name: "v2", successor: null }],
  });
  await button("Add version").click();
  await expectInForce({ list: [{ name: "v2" }, { name: "v1" }] });
  await button("Remove all versions").click();
  await expect.poll(inForce).toBeNull();
});

test("who names none is refused, or gets one version", async () => {
  await openVersions(two);
  await page.getByRole("radio", { name: "Are refused" }).click();
  await expectInForce({ default: null, split: null });
  await page.getByRole("radio", { name: "Get one version" }).click();
  await choose("They get", "v2");
  await expectInForce({ default: "v2", split: null });
});

test("who names none is split, and a browser keeps its version by a cookie", async () => {
  await openVersions(two);
  await page.getByRole("radio", { name: "Are split" }).click();
  await expect.poll(weights).toEqual([50, 50]);
  await choose("A version stays the same for", /^A browser/);
  await field("Name of the cookie").fill("shop_version");
  await expectInForce({ default: null, split: { sticky: "cookie", cookie: "shop_version" } });
});

test("the handle of a split takes arrows, Shift and arrows, Home and End", async () => {
  await openVersions(split);
  const between = handle("Between v1 and v2");
  await expect.element(between).toHaveAttribute("aria-valuetext", "v1 90 %, v2 10 %");
  (between.element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowLeft}");
  await expect.poll(weights).toEqual([89, 11]);
  await userEvent.keyboard("{Shift>}{ArrowLeft}{ArrowLeft}{/Shift}{ArrowRight}");
  await expect.poll(weights).toEqual([70, 30]);
  await userEvent.keyboard("{End}");
  await expect.poll(weights).toEqual([100, 0]);
  await userEvent.keyboard("{Home}");
  await expect.poll(weights).toEqual([0, 100]);
  await expect.element(between).toHaveFocus();
});

test("the handle of a split is dragged", async () => {
  await openVersions(split);
  const bar = (
    handle("Between v1 and v2").element().parentElement as HTMLElement
  ).getBoundingClientRect();
  const grip = handle("Between v1 and v2").element();
  const at = (type: string, share: number) =>
    grip.dispatchEvent(
      new PointerEvent(type, {
        bubbles: true,
        pointerId: 1,
        isPrimary: true,
        clientX: bar.left + (bar.width * share) / 100,
        clientY: bar.top + 4,
      }),
    );
  grip.setPointerCapture = () => undefined;
  grip.hasPointerCapture = () => true;
  at("pointerdown", 90);
  at("pointermove", 75);
  await expect.poll(weights).toEqual([75, 25]);
});

test("a typed share takes from the one typed before, and Even makes them alike", async () => {
  await openVersions({
    ...split,
    list: [...split.list, defaultVersion("v3")],
  });
  await field("Share of v3").fill("20");
  await expect.poll(weights).toEqual([70, 10, 20]);
  await field("Share of v2").fill("25");
  await expect.poll(weights).toEqual([70, 25, 5]);
  await button("Even").click();
  await expect.poll(weights).toEqual([34, 33, 33]);
  await expect.element(button("Even")).toHaveAttribute("aria-disabled", "true");
});

test("what is wrong with a version is counted on its line and stands under its field", async () => {
  gateway.check = ({ routes: [route] }) =>
    route?.versions?.list[1]?.service === null
      ? []
      : [{ path: "routes[0].versions.list[1].service", severity: "error", message: "is down" }];
  await openVersions(two);
  await expect.element(button(/^v2/)).toHaveTextContent("1 error");
  await expect.element(button(/^Versions & split/)).toHaveTextContent("1 error");
  await button(/^v2/).click();
  await expect
    .element(
      page.getByRole("group", { name: /^Version v/ }).getByRole("combobox", { name: "Service" }),
    )
    .toHaveAccessibleDescription("is down");
});

test("versions for a route in force leave its callers where they were", async () => {
  await openVersions(null);
  await button("Add versions…").click();
  await choose("Callers name a version in", /^The query/);
  await expect.element(page.getByText(/gets original/)).toBeVisible();
  expect(inForce()).toBeNull();
  await button("Add versions").click();
  await expectInForce({
    by: "query",
    default: "original",
    list: [defaultVersion("original"), defaultVersion("v1")],
  });
  await expect.element(button(/^original/)).toBeVisible();
});

test("a route cannot be given versions while something typed is wrong", async () => {
  await openVersions(null);
  gateway.check = () => [{ path: "routes[0].name", severity: "error", message: "not yet" }];
  await field("Path prefix").fill("/v2");
  await button("Add versions…").click();
  await expect.element(button("Add versions")).toHaveAttribute("aria-disabled", "true");
});

test.each(["light", "dark"])("versions and split are accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openVersions({
    ...split,
    list: [{ ...defaultVersion("v1"), deprecated_at: "2020-01-01T00:00:00Z" }, nextVersion],
  });
  await button(/^v1/).click();
  await button(/^Deprecation/).click();
  await expectAccessible();
});
