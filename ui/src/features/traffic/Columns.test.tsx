import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeTraffic, grid, openTraffic, paths } from "./testTraffic.tsx";

const traffic = fakeTraffic();

beforeEach(async () => {
  localStorage.clear();
  await page.viewport(1500, 800);
});

const headers = () =>
  [...document.querySelectorAll("[role=columnheader]")].map((cell) => cell.textContent?.trim());
const state = () => page.getByRole("status").filter({ hasText: /Live|Scrolled|Paused/ });

test("columns can be chosen and put in another order, and stay so", async () => {
  traffic.rows = [exchange({ seq: 1, consumer: "acme", client_ip: "127.0.0.9" })];
  const { screen } = await openTraffic();
  expect(headers()).not.toContain("Consumer");
  await page.getByRole("button", { name: "Columns…" }).click();
  await page.getByRole("checkbox", { name: "Consumer" }).click();
  await page.getByRole("checkbox", { name: "Stages" }).click();
  await page.getByRole("button", { name: "Move Consumer to the left" }).click();
  await expectAccessible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect
    .poll(headers)
    .toEqual([
      "Time",
      "Method",
      "Status",
      "Path",
      "Route",
      "Key",
      "Notes",
      "ms",
      "Consumer",
      "Size",
    ]);
  await expect.element(grid().getByRole("gridcell", { name: "acme", exact: true })).toBeVisible();
  await expectAccessible();
  await screen.unmount();
  await openTraffic();
  await expect.poll(headers).toContain("Consumer");
});

test("a narrow log leaves out what is needed least", async () => {
  await page.viewport(760, 800);
  traffic.rows = [exchange({ seq: 1 })];
  await openTraffic();
  await expect.poll(headers).toContain("Path");
  await expect.poll(headers).not.toContain("Stages");
});

test("the log can be sorted, says of what, and goes back to live", async () => {
  traffic.rows = [900, 5, 80, 20].map((ms, at) =>
    exchange({ seq: at + 1, path: `/${ms}`, duration_us: ms * 1000 }),
  );
  await openTraffic();
  const ms = page.getByRole("columnheader", { name: "ms" });
  await ms.click();
  await expect.poll(paths).toEqual(["/80", "/20"]);
  await expect.element(ms).toHaveAttribute("aria-sort", "descending");
  await expect
    .element(
      page.getByText("Sorted by ms, highest first · first 2 of 3, older ones were not looked at"),
    )
    .toBeVisible();
  await expect.element(state()).toHaveTextContent("Scrolled");
  await expectAccessible();
  traffic.end([exchange({ seq: 5, path: "/new" })]);
  await ms.click();
  await expect.element(ms).toHaveAttribute("aria-sort", "ascending");
  await expect.poll(paths).toContain("/5");
  await ms.click();
  await expect.element(state()).toHaveTextContent("Live");
  await expect.poll(paths).toEqual(["/900", "/5", "/80", "/20", "/new"]);
  await expect.element(ms).not.toHaveAttribute("aria-sort");
});

test("the keyboard sorts by the current column, and End follows again", async () => {
  traffic.rows = [9, 5].map((ms, at) =>
    exchange({ seq: at + 1, path: `/${ms}`, duration_us: ms * 1000 }),
  );
  await openTraffic();
  (grid().element() as HTMLElement).focus();
  await userEvent.keyboard("{ArrowUp}{ArrowRight}s");
  await expect
    .element(page.getByRole("columnheader", { name: "Time" }))
    .toHaveAttribute("aria-sort", "descending");
  await userEvent.keyboard("{End}");
  await expect.element(state()).toHaveTextContent("Live");
});

test("repeats are one row, with how often and how long", async () => {
  const row = (seq: number, ms: number, change = {}) =>
    exchange({ seq, path: "/orders", status: 200, duration_us: ms * 1000, ...change });
  traffic.rows = [row(1, 3), row(2, 1), row(3, 8), row(4, 2, { status: 404 })];
  await openTraffic();
  const button = page.getByRole("button", { name: "Group repeats" });
  await button.click();
  await expect.element(button).toHaveAttribute("aria-pressed", "true");
  await expect.poll(paths).toEqual(["×3 /orders", "/orders"]);
  await expect.element(grid().getByRole("gridcell", { name: "1 to 8 ms" })).toBeVisible();
  await expectAccessible();
  traffic.end([row(5, 2, { status: 404, path: "/other" })]);
  await expect.poll(paths).toEqual(["×3 /orders", "×2 /other and others"]);
  await button.click();
  await expect.poll(() => paths().length).toBe(5);
});
