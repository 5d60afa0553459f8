import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json, refuse } from "../../../test/fakeGateway.ts";
import type { View } from "./findingQueries.ts";
import { fakeTraffic, grid, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();

beforeEach(async () => {
  localStorage.clear();
  await page.viewport(1500, 800);
});

const header = (name: string) => page.getByRole("columnheader", { name, exact: true });
const headers = () =>
  [...document.querySelectorAll("[role=columnheader]")].map((cell) => cell.ariaLabel);
const widthOf = (name: string) => Math.round(header(name).element().getBoundingClientRect().width);
const edgeOf = (name: string) => page.getByRole("separator", { name: `Width of ${name}` });
const search = () => page.getByRole("searchbox");

/** Drags with the pointer, from the middle of an element. */
function drag(element: Element, by: number): void {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + width / 2, top + height / 2];
  const fire = (type: string, at: number) =>
    element.dispatchEvent(
      new PointerEvent(type, {
        bubbles: true,
        pointerId: 1,
        button: 0,
        clientX: at,
        clientY: y,
      }),
    );
  // There is no pointer that could be captured.
  const row = element.closest("[role=row]") ?? element;
  for (const one of [element, row]) one.setPointerCapture = () => undefined;
  fire("pointerdown", x);
  fire("pointermove", x + by / 2);
  fire("pointermove", x + by);
  fire("pointerup", x + by);
}

test("the edge of a column is dragged, fits its content when pressed twice, and stays", async () => {
  traffic.rows = [exchange({ seq: 1, route: "orders-of-everyone-and-everything" })];
  const { screen } = await openTraffic();
  await expect.poll(() => widthOf("Route")).toBe(136);
  // What grows, and what takes its part of that.
  const growing = () => widthOf("Path") + widthOf("Notes");
  const before = growing();
  // It stands on the right of what grows: dragged to the left it is wider.
  drag(edgeOf("Route").element(), -40);
  await expect.poll(() => widthOf("Route")).toBe(176);
  expect(growing()).toBe(before - 40);
  drag(edgeOf("Method").element(), 30);
  await expect.poll(() => widthOf("Method")).toBe(98);
  drag(edgeOf("Method").element(), -400);
  await expect.poll(() => widthOf("Method")).toBe(40);
  await edgeOf("Route").dblClick();
  await expect.poll(() => widthOf("Route")).toBeGreaterThan(200);
  const fitted = widthOf("Route");
  // A drag is no press: nothing was sorted.
  expect(document.querySelector("[aria-sort]")).toBeNull();
  await expectAccessible();
  await screen.unmount();
  await openTraffic();
  await expect.poll(() => widthOf("Route")).toBe(fitted);
});

test("keys move the edge too, and the column's place, and both are said", async () => {
  traffic.rows = [exchange({ seq: 1 })];
  await openTraffic();
  await edgeOf("Method").click();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  await expect.poll(() => widthOf("Method")).toBe(100);
  await userEvent.keyboard("{Shift>}{ArrowLeft}{/Shift}");
  await expect.poll(() => widthOf("Method")).toBe(99);
  await userEvent.keyboard("{Home}");
  await expect.poll(() => widthOf("Method")).toBe(68);
  (grid().element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowUp}{ArrowRight}{ArrowRight}");
  await userEvent.keyboard("{Shift>}{ArrowRight}{/Shift}");
  await expect.poll(() => widthOf("Method")).toBe(84);
  await expect.element(page.getByText("Method 84 pixels wide")).toBeInTheDocument();
  await userEvent.keyboard("{Alt>}{Shift>}{ArrowRight}{/Shift}{/Alt}");
  await expect.poll(() => headers().slice(0, 4)).toEqual(["Time", "Status", "Method", "Path"]);
  await expect.element(page.getByText("Method is before Path")).toBeInTheDocument();
  await userEvent.keyboard("{Alt>}{Shift>}{ArrowLeft}{/Shift}{/Alt}");
  await expect.poll(() => headers().slice(0, 3)).toEqual(["Time", "Method", "Status"]);
});

test("the name of a column is dragged to another place", async () => {
  traffic.rows = [exchange({ seq: 1 })];
  await openTraffic();
  await expect.poll(headers).toContain("Key");
  const by = header("Time").element().getBoundingClientRect().left - 400;
  drag(header("Key").element(), by - 2000);
  await expect.poll(() => headers()[0]).toBe("Key");
  drag(header("Key").element(), 5000);
  await expect.poll(() => headers().at(-1)).toBe("Key");
  // Dropped where it was, nothing is different.
  drag(header("Status").element(), 12);
  await expect.poll(() => headers().slice(0, 3)).toEqual(["Time", "Method", "Status"]);
});

test("widths and places can be given in the dialog", async () => {
  traffic.rows = [exchange({ seq: 1 })];
  await openTraffic();
  await page.getByRole("button", { name: "Columns…" }).click();
  await page.getByRole("textbox", { name: "Width of Route in pixels" }).fill("200");
  await page.getByRole("button", { name: "Make Key wider" }).click();
  await page.getByRole("button", { name: "Make Method narrower" }).click();
  await page.getByRole("radio", { name: "After the row above" }).click();
  await expectAccessible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect.poll(() => widthOf("Route")).toBe(200);
  expect([widthOf("Key"), widthOf("Method")]).toEqual([112, 52]);
  await page.getByRole("button", { name: "Columns…" }).click();
  await page.getByRole("button", { name: "As usual" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await expect.poll(() => widthOf("Route")).toBe(136);
});

test("times are also how long after the row above, and how long ago", async () => {
  const begin = Date.now() * 1000 - 90e6;
  traffic.rows = [0, 8000, 2_500_000, 2_000_000].map((us, at) =>
    exchange({ seq: at + 1, started_at_us: begin + us }),
  );
  localStorage.setItem(
    "gatewright.traffic.layout",
    JSON.stringify({ columns: [{ id: "time" }], time: "delta" }),
  );
  const { screen } = await openTraffic();
  const times = () =>
    [...document.querySelectorAll(".log-row:not([hidden]) .log-time")].map(
      (cell) => cell.textContent,
    );
  await expect.poll(times).toEqual(["–", "+8 ms", "+2.49 s", "−500 ms"]);
  await screen.unmount();
  localStorage.setItem(
    "gatewright.traffic.layout",
    JSON.stringify({ columns: [{ id: "time" }], time: "relative" }),
  );
  await openTraffic();
  await expect.poll(() => times()[0]).toMatch(/2 min\. ago|1 min\. ago/);
});

test("headers and JSON paths are columns: of live rows at once, of others when they are seen", async () => {
  traffic.rows = [exchange({ seq: 1 }), exchange({ seq: 2 })];
  const wanted: string[][] = [];
  traffic.gateway.answers["POST /exchanges/cells"] = (body: {
    ids: string[];
    columns: string[];
  }) => {
    wanted.push(body.columns);
    if (body.columns.includes("res.body:order")) {
      return refuse({
        code: "request_invalid",
        status: 400,
        detail: "`order` is no JSON path; write one such as `$.order.id`.",
      });
    }
    const cells = body.columns.map((column) =>
      column.startsWith("header.") ? { text: "acme" } : { missing: "not_kept" },
    );
    return json(body.ids.map((id) => ({ id, cells })));
  };
  await openTraffic();
  await page.getByRole("button", { name: "Columns…" }).click();
  const add = page.getByRole("form", { name: "Add a column" });
  await add.getByRole("textbox", { name: "Name of the header" }).fill("X-Tenant");
  await add.getByRole("button", { name: "Add" }).click();
  await add.getByRole("combobox").click();
  await page.getByRole("option", { name: "JSON of the answer" }).click();
  const path = add.getByRole("textbox", { name: "JSON path" });
  await path.fill("order");
  await add.getByRole("button", { name: "Add" }).click();
  await expect.element(add.getByText(/is no JSON path/)).toBeVisible();
  await path.fill("$.order.id");
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("button", { name: "Remove $.order.id" })).toBeVisible();
  await expectAccessible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect.poll(() => headers().slice(-2)).toEqual(["x-tenant", "$.order.id"]);
  await expect
    .poll(() => traffic.asked().get("cols"))
    .toBe('["header.x-tenant","res.body:$.order.id"]');
  await expect.poll(() => grid().getByText("acme", { exact: true }).elements().length).toBe(2);
  const missing = grid().getByRole("gridcell", { name: "No value: the body was not kept" });
  await expect.poll(() => missing.elements().length).toBe(2);
  const asked = wanted.length;
  const live = exchange({ seq: 3 });
  traffic.end([live], {
    cells: [{ id: live.id, cells: [{ text: "globex" }, { text: "42", cut: true }] }],
  });
  await expect.element(grid().getByText("globex")).toBeVisible();
  await expect.element(grid().getByText("42…")).toBeVisible();
  expect(wanted.length).toBe(asked);
  await expectAccessible();
  // Its cells are terms like all others.
  await grid()
    .getByText("globex")
    .click({ modifiers: ["Alt"] });
  await expect.element(search()).toHaveValue("header.x-tenant:=globex");
});

test("a view brings its columns, their widths and its order, and keeps what is changed", async () => {
  traffic.rows = [900, 5, 80].map((ms, at) =>
    exchange({ seq: at + 1, path: `/${ms}`, duration_us: ms * 1000 }),
  );
  let views: View[] = [
    {
      name: "Slowest",
      q: "",
      layout: {
        columns: [{ id: "time" }, { id: "status" }, { id: "path" }, { id: "ms", width: 120 }],
        sort: { by: "duration", descending: true },
        time: "absolute",
      },
    },
  ];
  const saved: View[] = [];
  traffic.gateway.answers["GET /views"] = () => json(views);
  for (const name of ["Slowest", "Mine"]) {
    traffic.gateway.answers[`PUT /views/${name}`] = (body: View) => {
      saved.push(body);
      views = [...views.filter((view) => view.name !== body.name), body];
      return json(views);
    };
  }
  const { router } = await openTraffic();
  await expect.poll(headers).toContain("Stages");
  const tabs = page.getByRole("navigation", { name: "Views" });
  await tabs.getByRole("button", { name: "Slowest" }).click();
  await expect.poll(headers).toEqual(["Time", "Status", "Path", "ms"]);
  await expect.poll(() => widthOf("ms")).toBe(120);
  await expect.element(header("ms")).toHaveAttribute("aria-sort", "descending");
  expect(router.state.location.search).toMatchObject({ view: "Slowest" });
  // What is changed belongs to the view.
  await edgeOf("ms").click();
  await userEvent.keyboard("{ArrowLeft}");
  await expect.poll(() => saved.at(-1)?.layout?.columns.at(-1)).toEqual({ id: "ms", width: 136 });
  expect(saved.at(-1)?.layout?.sort).toEqual({ by: "duration", descending: true });
  (grid().element() as HTMLElement).focus();
  await userEvent.keyboard("{End}");
  await expect.element(tabs.getByText("(changed)")).toBeVisible();
  await tabs.getByRole("button", { name: "All" }).click();
  await expect.poll(headers).toContain("Stages");
  expect(document.querySelector("[aria-sort]")).toBeNull();
  await tabs.getByRole("button", { name: "Slowest" }).click();
  await expect.poll(() => widthOf("ms")).toBe(136);
  await expect.element(header("ms")).toHaveAttribute("aria-sort", "descending");
  // Another order is a change, and a view of its own can be made of it.
  await tabs.getByRole("button", { name: "All" }).click();
  await header("Size").click();
  await page.getByRole("button", { name: "Save view…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Mine");
  await page.getByRole("dialog").getByRole("button", { name: "Save view" }).click();
  await expect.poll(() => saved.at(-1)?.name).toBe("Mine");
  expect(saved.at(-1)?.layout?.sort).toEqual({ by: "response_bytes", descending: true });
  await expect
    .element(tabs.getByRole("button", { name: "Mine" }))
    .toHaveAttribute("aria-current", "page");
  await expectAccessible();
});

test("what there is no room for is said", async () => {
  await page.viewport(760, 800);
  traffic.rows = [exchange({ seq: 1 })];
  await openTraffic();
  await expect
    .element(page.getByRole("button", { name: /Columns \(\d left out\)…/ }))
    .toBeVisible();
});

test("a bar beside the rows says where in the log they are, and leads elsewhere", async () => {
  traffic.rows = Array.from({ length: 3000 }, (_, at) =>
    exchange({ seq: at + 1, path: `/${at + 1}` }),
  );
  await openTraffic();
  const bar = page.getByRole("scrollbar", { name: "Place in the log" });
  await expect.element(bar).toHaveAttribute("aria-valuenow", "3000");
  const { left, top, height } = bar.element().getBoundingClientRect();
  const fire = (type: string, y: number) =>
    bar
      .element()
      .dispatchEvent(
        new PointerEvent(type, { bubbles: true, pointerId: 1, clientX: left + 5, clientY: y }),
      );
  bar.element().setPointerCapture = () => undefined;
  fire("pointerdown", top + height / 2);
  fire("pointerup", top + height / 2);
  await expect.poll(() => Number(bar.element().ariaValueNow)).toBeLessThan(1600);
  expect(Number(bar.element().ariaValueNow)).toBeGreaterThan(1400);
  const last = () => document.querySelectorAll(".log-row:not([hidden]) .log-path");
  await expect.poll(() => [...last()].at(-1)?.textContent).toBe(`/${bar.element().ariaValueNow}`);
  await expectAccessible();
  (grid().element() as HTMLElement).focus();
  await userEvent.keyboard("{Home}");
  await expect.poll(() => last()[0]?.textContent).toBe("/1");
  await userEvent.keyboard("{End}");
  await expect.element(bar).toHaveAttribute("aria-valuenow", "3000");
});
