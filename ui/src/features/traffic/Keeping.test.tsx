import { beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Exchange } from "@/live/exchange.ts";
import { exchange } from "@/live/fixtures.ts";
import { toasts } from "@/ui/toasts.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { DETAILS } from "./fixtures.ts";
import { answerDetail, fakeTraffic, grid, openTraffic, paths } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const requests = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => exchange({ seq: from + at }));
const lastShown = (path: string) => vi.waitFor(() => expect(paths().at(-1)).toBe(path));
const rowWith = (text: string) => page.getByRole("row").filter({ hasText: text });
const detail = () => page.getByRole("region", { name: "Request detail" });
const picked = () => document.querySelectorAll(".log-row[data-picked]").length;
const selected = () => page.getByRole("group", { name: "Selected requests" });
const toastTitles = () => toasts.get().map(({ title }) => title);

interface Wish {
  ids: string[];
  pinned: boolean;
}

/** The log pins, removes and restores, as the gateway does. */
beforeEach(() => {
  toasts.set([]);
  const removed: Exchange[] = [];
  const { answers } = traffic.gateway;
  const find = (id: string) => traffic.rows.findIndex((row) => row.id === id);
  answers["POST /exchanges/pin"] = ({ ids, pinned }: Wish) => {
    traffic.rows = traffic.rows.map((row) =>
      ids.includes(row.id) ? Object.assign({}, row, { pinned }) : row,
    );
    return json({ changed: ids, missing: [] });
  };
  answers["POST /exchanges/remove"] = ({ ids }: Wish) => {
    const pinned = ids.filter((id) => traffic.rows[find(id)]?.pinned === true);
    const gone = ids.filter((id) => !pinned.includes(id));
    for (const id of gone) removed.push(...traffic.rows.splice(find(id), 1));
    return json({ removed: gone, pinned, missing: [], until_us: 0 });
  };
  answers["POST /exchanges/restore"] = ({ ids }: Wish) => {
    const rows = removed.filter(({ id }) => ids.includes(id));
    traffic.rows = [...traffic.rows, ...rows].toSorted((a, b) => a.seq - b.seq);
    return json({ rows, missing: [] });
  };
});

async function openAt(count: number) {
  traffic.rows = requests(1, count);
  await openTraffic();
  await lastShown(`/orders/${8000 + count}`);
  grid().element().focus();
}

test("P pins the current request and lets go of it again, and the mark is said", async () => {
  await openAt(5);
  await userEvent.keyboard("{ArrowUp}p");
  const row = () => rowWith("/orders/8005").element();
  await vi.waitFor(() => expect(row().getAttribute("data-mark")).toBe("pinned"));
  const status = () => row().querySelector(".log-status")?.getAttribute("aria-label");
  expect(status()).toBe("200, pinned");
  await vi.waitFor(() => expect(toastTitles()).toEqual(["Pinned GET /orders/8005"]));
  await userEvent.keyboard("p");
  await vi.waitFor(() => expect(row().getAttribute("data-mark")).toBe(null));
  expect(status()).toBe("200");
});

test("what another window does to requests is seen here", async () => {
  await openAt(5);
  const { id } = exchange({ seq: 2 });
  traffic.tell({ type: "log_changed", action: "pinned", ids: [id] });
  await vi.waitFor(() =>
    expect(rowWith("/orders/8002").element().getAttribute("data-mark")).toBe("pinned"),
  );
  traffic.tell({ type: "log_changed", action: "removed", ids: [id] });
  await vi.waitFor(() => expect(paths()).not.toContain("/orders/8002"));
});

test("why something is not pinned is said", async () => {
  await openAt(2);
  traffic.gateway.answers["POST /exchanges/pin"] = () =>
    refuse({ code: "pins_full", status: 409, detail: "At most 1000 requests can be pinned." });
  await userEvent.keyboard("{ArrowUp}p");
  await vi.waitFor(() => expect(toasts.get()[0]?.detail).toContain("At most 1000"));
});

test("Shift with the arrows selects, the count is said, and Escape or an arrow ends it", async () => {
  await openAt(9);
  await userEvent.keyboard("{ArrowUp}{Shift>}{ArrowUp}{ArrowUp}{/Shift}");
  await expect.element(selected().getByText("3 selected")).toBeVisible();
  await expect.element(page.getByText("3 requests selected")).toBeInTheDocument();
  expect(picked()).toBe(3);
  expect(grid().element().getAttribute("aria-multiselectable")).toBe("true");
  expect(rowWith("/orders/8007").element().getAttribute("aria-selected")).toBe("true");
  await userEvent.keyboard("{Shift>}{ArrowDown}{/Shift}");
  await expect.element(selected().getByText("2 selected")).toBeVisible();
  await expectAccessible();
  await userEvent.keyboard("{Escape}");
  await expect.element(selected()).not.toBeInTheDocument();
  await userEvent.keyboard("{Shift>}{ArrowUp}{/Shift}");
  await expect.element(selected()).toBeVisible();
  await userEvent.keyboard("{ArrowUp}");
  await expect.element(selected()).not.toBeInTheDocument();
  expect(picked()).toBe(0);
});

test("a press with Shift selects up to that row", async () => {
  await openAt(9);
  await rowWith("/orders/8003").click();
  await rowWith("/orders/8006").click({ modifiers: ["Shift"] });
  await expect.element(selected().getByText("4 selected")).toBeVisible();
  expect(picked()).toBe(4);
});

test("two that are selected are compared, and several are exported alone", async () => {
  traffic.rows = requests(1, 9);
  const { router } = await openTraffic();
  await lastShown("/orders/8009");
  grid().element().focus();
  traffic.gateway.answers["POST /exchanges/export"] = ({ ids }: Wish) =>
    json({
      name: "x.har",
      media_type: "x",
      text: "",
      requests: ids.length,
      more: false,
      removed: [],
    });
  await userEvent.keyboard("{ArrowUp}{Shift>}{ArrowUp}{/Shift}");
  await selected().getByRole("button", { name: "Export…" }).click();
  await page.getByRole("dialog").getByText("The 2 selected").click();
  await page.getByRole("button", { name: "Make the file" }).click();
  await expect.element(page.getByText(/x\.har: 2 requests/)).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await expect.element(page.getByRole("dialog")).not.toBeInTheDocument();
  grid().element().focus();
  await userEvent.keyboard("d");
  const [older, newer] = [8, 9].map((seq) => exchange({ seq }).id);
  await vi.waitFor(() =>
    expect(router.state.location.search).toMatchObject({ sel: older, tab: "diff", with: newer }),
  );
});

test("Delete removes at once, pinned ones stay, and Undo puts all back where they were", async () => {
  traffic.rows = requests(1, 9).map((row) => Object.assign({}, row, { pinned: row.seq === 7 }));
  await openApp("/traffic");
  await lastShown("/orders/8009");
  const before = paths();
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}{Shift>}{ArrowUp}{ArrowUp}{/Shift}{Delete}");
  await vi.waitFor(() => expect(paths()).not.toContain("/orders/8008"));
  expect(paths()).toEqual(
    before.filter((path) => path !== "/orders/8008" && path !== "/orders/8009"),
  );
  await expect.element(page.getByText("Removed 2 requests")).toBeVisible();
  await expect.element(page.getByText("1 is pinned and stays: P unpins.")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await vi.waitFor(() => expect(paths()).toEqual(before));
});

test("Delete in the filter edits the filter", async () => {
  await openAt(3);
  await userEvent.keyboard("{ArrowUp}/");
  await userEvent.keyboard("x{Home}{Delete}");
  expect(traffic.gateway.calls.some(({ path }) => path === "/exchanges/remove")).toBe(false);
});

test("the open request can be pinned and removed from its detail", async () => {
  traffic.rows = [...requests(2, 5), DETAILS[200].summary];
  await openTraffic();
  answerDetail(traffic, DETAILS[200].summary.id);
  await rowWith(DETAILS[200].summary.path).first().click();
  await detail().getByRole("button", { name: "Pin the request" }).click();
  await vi.waitFor(() => expect(toastTitles()[0]).toMatch(/^Pinned /));
  await detail().getByRole("button", { name: "Remove the request" }).click();
  await vi.waitFor(() => expect(toastTitles().join("\n")).toMatch(/Nothing was removed/));
});

test("Enter opens the detail, gives it all the room, and gives that back; Escape closes it", async () => {
  traffic.rows = [...requests(2, 5), { ...DETAILS[200].summary, seq: 6 }];
  await openTraffic();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}{Enter}");
  await expect.element(detail()).toBeVisible();
  const height = () => detail().element().getBoundingClientRect().height;
  const beside = height();
  grid().element().focus();
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(height()).toBeGreaterThan(beside));
  await expect.element(detail()).toHaveFocus();
  await expectAccessible();
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(height()).toBe(beside));
  await expect.element(grid()).toHaveFocus();
  await userEvent.keyboard("{Enter}{Escape}");
  await expect.element(detail()).not.toBeInTheDocument();
  await expect.element(grid()).toHaveFocus();
});

test("a request under way says for how long, and only that is written again", async () => {
  traffic.rows = requests(1, 3);
  await openTraffic();
  await lastShown("/orders/8003");
  const open = exchange({
    seq: 0,
    id: "0191f3a0-0000-7000-8000-00000000ffff",
    path: "/slow",
    ending: "running",
    started_at_us: (Date.now() - 1000) * 1000,
    duration_us: 1_000_000,
  });
  traffic.end([], { open: [open] });
  await vi.waitFor(() => expect(paths()).toContain("/slow"));
  const status = () => rowWith("/slow").element().querySelector(".log-badge")?.textContent ?? "";
  expect(status()).toMatch(/^1(\.\d+)? s$/);
  await vi.waitFor(() => expect(Number.parseFloat(status())).toBeGreaterThan(2), 5000);
});
