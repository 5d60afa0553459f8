import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import { fakeTraffic, grid, openTraffic, paths } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const filterBox = () => page.getByRole("searchbox", { name: "Filter requests" });
const rowWith = (text: string) => page.getByRole("row").filter({ hasText: text });
const current = () =>
  document.getElementById(grid().element().getAttribute("aria-activedescendant") ?? "");

/** Requests with these numbers. */
const requests = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => exchange({ seq: from + at }));

async function shows(path: string) {
  await vi.waitFor(() => expect(paths()).toContain(path));
}
const lastShown = (path: string) => vi.waitFor(() => expect(paths().at(-1)).toBe(path));

test("the newest requests are followed", async () => {
  traffic.rows = requests(1, 100);
  await openTraffic();
  await lastShown("/orders/8100");
  traffic.end(requests(101, 103));
  await lastShown("/orders/8103");
  await expect.element(page.getByText("Live", { exact: true }).first()).toBeVisible();
  expect(grid().element().getAttribute("aria-rowcount")).toBe("104");
  expect(rowWith("/orders/8103").element().getAttribute("aria-rowindex")).toBe("104");
  await expectAccessible();
});

test("a pressed row stays in its place, opens its detail, and End follows again", async () => {
  traffic.rows = [DETAILS[200].summary, ...requests(2, 30)];
  await openTraffic();
  await lastShown("/orders/8030");
  await rowWith("/orders/8030").click();
  const place = rowWith("/orders/8030").element().id;
  traffic.end(requests(31, 442));
  await expect.element(page.getByRole("button", { name: "412 new ↓ (End)" })).toBeVisible();
  expect(rowWith("/orders/8030").element().id).toBe(place);
  await expect.element(page.getByRole("region", { name: "Request detail" })).toBeVisible();
  grid().element().focus();
  await userEvent.keyboard("{End}");
  await lastShown("/orders/8442");
  await expect.element(page.getByRole("region", { name: "Request detail" })).toBeVisible();
});

test("Space pauses, says since when and how many came, and resumes", async () => {
  traffic.rows = requests(1, 10);
  await openTraffic();
  await lastShown("/orders/8010");
  await userEvent.keyboard(" ");
  await expect.element(page.getByText(/^Paused at .* · 0 since$/)).toBeVisible();
  traffic.end(requests(11, 17));
  await expect.element(page.getByText(/· 7 since$/)).toBeVisible();
  expect(paths().at(-1)).toBe("/orders/8010");
  await expectAccessible();
  await userEvent.keyboard(" ");
  await lastShown("/orders/8017");
});

test("Space on a button presses the button only", async () => {
  await openTraffic();
  page.getByRole("button", { name: "Answers 5xx" }).element().focus();
  await userEvent.keyboard(" ");
  await expect.element(filterBox()).toHaveValue("status:5xx");
  await expect.element(page.getByText("Live", { exact: true }).first()).toBeVisible();
});

test("the wheel reads older pages of the log", async () => {
  traffic.rows = requests(1, 1000);
  await openTraffic();
  await lastShown("/orders/9000");
  const firstShown = () => Number(paths()[0]?.split("/")[2]);
  await vi.waitFor(() => {
    const event = { deltaY: -2100, bubbles: true, cancelable: true };
    grid().element().dispatchEvent(new WheelEvent("wheel", event));
    expect(firstShown()).toBeLessThan(8300);
  });
  await expect.element(page.getByText("Scrolled", { exact: true }).first()).toBeVisible();
  const first = firstShown() - 8000;
  const stretch = requests(first, first + paths().length - 1);
  expect(paths()).toEqual(stretch.map((row) => row.path));
});

test("arrows, j and k move the current row; Enter opens it, Escape steps back", async () => {
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  const { router } = await openTraffic();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}kk{ArrowDown}");
  await vi.waitFor(() => expect(current()?.textContent).toContain("429"));
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByTestId("sentence")).toHaveTextContent(/Stopped by rate limit/);
  await userEvent.keyboard("k");
  await expect.element(page.getByTestId("sentence")).toHaveTextContent(/No route takes this/);
  expect(router.state.location.search).toMatchObject({ sel: DETAILS[404].summary.id });
  await userEvent.keyboard("{Escape}");
  await expect.element(page.getByTestId("sentence")).not.toBeInTheDocument();
  await expect.element(grid()).toHaveFocus();
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(current()).toBeNull());
});

test("F adds the current cell to the filter, Shift+F leaves it out, Alt with a press too", async () => {
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  const { router } = await openTraffic();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}k");
  await userEvent.keyboard("f");
  await expect.element(filterBox()).toHaveValue("status:429");
  await vi.waitFor(() => expect(paths()).toHaveLength(1));
  expect(router.state.location.search).toMatchObject({ q: "status:429" });
  expect(traffic.asked().get("q")).toBe("status:429");
  await page.getByRole("button", { name: "Clear filter" }).click();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}{ArrowRight}{ArrowRight}");
  await vi.waitFor(() => expect(current()?.textContent).toBe("GET"));
  await rowWith("429")
    .getByText("acme-ci")
    .click({ modifiers: ["Alt", "Shift"] });
  await expect.element(filterBox()).toHaveValue("-key:acme-ci");
  await vi.waitFor(() => expect(paths()).toHaveLength(2));
});

test("the filter is focused by a slash, applied as typed, and kept in the address", async () => {
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  const { router } = await openTraffic();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  await userEvent.keyboard("/");
  await expect.element(filterBox()).toHaveFocus();
  await userEvent.keyboard("status:4xx method:GET");
  await vi.waitFor(() => expect(paths()).toHaveLength(3));
  expect(router.state.location.search).toMatchObject({ q: "status:4xx method:GET" });
  expect(grid().element().getAttribute("aria-rowcount")).toBe("-1");
  await userEvent.keyboard("{Enter}");
  await page.getByRole("button", { name: "Clear filter" }).click();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  await userEvent.keyboard("{ArrowUp}");
  await expect.element(filterBox()).toHaveValue("status:4xx method:GET");
});

test("chips write the filter and take their part out again", async () => {
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  await openTraffic();
  const chip = (name: string) => page.getByRole("button", { name });
  await chip("Answers 4xx").click();
  await chip("Answers 5xx").click();
  await expect.element(filterBox()).toHaveValue("status:4xx,5xx");
  await expect.element(chip("Answers 4xx")).toHaveAttribute("aria-pressed", "true");
  await vi.waitFor(() => expect(paths()).toHaveLength(4));
  await chip("Answers 4xx").click();
  await expect.element(filterBox()).toHaveValue("status:5xx");
  await page.getByRole("button", { name: "Method" }).click();
  await page.getByRole("menuitemcheckbox", { name: "POST" }).click();
  await expect.element(filterBox()).toHaveValue("status:5xx method:POST");
});

test("a filter that cannot be read says why and keeps the last result", async () => {
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  await openTraffic("?q=status:429");
  await vi.waitFor(() => expect(paths()).toHaveLength(1));
  await filterBox().fill("stats:5xx");
  await expect
    .element(page.getByText(/there is no/i))
    .toHaveTextContent("There is no stats:; did you mean status:?");
  await expect.element(filterBox()).toHaveAttribute("aria-invalid", "true");
  expect(paths()).toHaveLength(1);
  await expectAccessible();
});

test("no match says what hides how many, and leads back", async () => {
  traffic.rows = requests(1, 5);
  await openTraffic("?q=path:/nothing");
  await expect
    .element(page.getByText(/are hidden by/))
    .toHaveTextContent("1,204 requests are hidden by path:/nothing.");
  await expectAccessible();
  await page.getByRole("button", { name: "Clear filter" }).last().click();
  await lastShown("/orders/8005");
});

test("before the first request there is a step to take, and after it never again", async () => {
  traffic.gateway.status = { ...traffic.gateway.status, log: { rows: 0, bytes: 0 } };
  const { screen } = await openTraffic();
  const step = page.getByRole("complementary", { name: "Next step" });
  await expect.element(step).toHaveTextContent(/Send a request to http:\/\/127.0.0.1:8080/);
  await expectAccessible();
  traffic.gateway.answers["POST /requests/send"] = () => {
    traffic.end(requests(1, 1));
    return json({ status: 200, headers: [], body: "", body_truncated: false, took_us: 1 });
  };
  await step.getByRole("button", { name: "Send one for me" }).click();
  await shows("/orders/8001");
  await expect.element(step).not.toBeInTheDocument();
  expect(traffic.gateway.calls.find(({ path }) => path === "/requests/send")?.body).toEqual({
    method: "GET",
    path: "/",
    headers: [],
  });
  await screen.unmount();
  traffic.rows = [];
  await openTraffic();
  await expect.element(page.getByText(/^Waiting for the first request/)).toBeVisible();
  await expect.element(step).not.toBeInTheDocument();
});

test("a stopped gateway can be started from here", async () => {
  traffic.gateway.status = { ...traffic.gateway.status, gateway: { state: "stopped" } };
  traffic.gateway.answers["POST /gateway/start"] = () => {
    const gateway = { state: "running", address: "127.0.0.1:8080" } as const;
    traffic.gateway.status = { ...traffic.gateway.status, gateway };
    return json(gateway);
  };
  await openTraffic();
  await expect.element(page.getByText(/^The gateway is stopped/)).toBeVisible();
  await page.getByRole("button", { name: "Start gateway" }).click();
  await expect.element(page.getByText(/^Waiting for the first request/)).toBeVisible();
});

test("what is not recorded is said", async () => {
  const recorder = {
    recorded: 9,
    dropped: 37,
    dropped_messages: 4,
    queued: 0,
    in_flight: 0,
    degraded: "the disk is full",
  };
  traffic.gateway.status = { ...traffic.gateway.status, recorder };
  await openTraffic();
  await expect
    .element(page.getByRole("alert"))
    .toHaveTextContent("New requests cannot be written to the log. The disk is full.");
  await expect.element(page.getByText(/^37 requests since the start are not/)).toBeVisible();
  await expect.element(page.getByText("4 messages not recorded")).toBeVisible();
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect.element(page.getByText(/^37 requests since the start/)).not.toBeInTheDocument();
});

test("rows that were left out are counted", async () => {
  traffic.rows = requests(1, 100);
  await openTraffic();
  await lastShown("/orders/8100");
  traffic.end(requests(101, 612));
  const shown = paths().length;
  await expect.element(page.getByText(`showing ${shown} of 512 new/s`)).toBeVisible();
});

test("the log is cleared after a question that names the count", async () => {
  traffic.rows = requests(1, 10);
  traffic.gateway.answers["DELETE /exchanges"] = () => {
    const removed = traffic.rows.length;
    traffic.rows = [];
    return json({ removed });
  };
  await openTraffic();
  await lastShown("/orders/8010");
  await page.getByRole("button", { name: "Clear log…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Remove 1,204 requests from the log?" });
  await expect.element(dialog).toBeVisible();
  await dialog.getByRole("button", { name: "Clear log" }).click();
  await expect.element(page.getByText("10 requests removed from the log")).toBeVisible();
  await vi.waitFor(() => expect(paths()).toHaveLength(0));
});

test("the palette and the keys act on the current request", async () => {
  const copied = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  await openTraffic();
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}k");
  await userEvent.keyboard("yu");
  await vi.waitFor(() =>
    expect(copied).toHaveBeenLastCalledWith("http://127.0.0.1:8080/orders/8004"),
  );
  await userEvent.keyboard("yc");
  await vi.waitFor(() =>
    expect(copied).toHaveBeenLastCalledWith("curl http://127.0.0.1:8080/orders/8001"),
  );
  await userEvent.keyboard("yi");
  await vi.waitFor(() => expect(copied).toHaveBeenLastCalledWith(DETAILS[429].summary.request_id));
  await userEvent.keyboard("{Control>}k{/Control}only this key");
  await expect
    .element(page.getByRole("option", { selected: true }))
    .toHaveTextContent("Show only this key's requests");
  await userEvent.keyboard("{Enter}");
  await expect.element(filterBox()).toHaveValue("key:acme-ci");
  copied.mockRestore();
});

test("requests that run stand below the newest", async () => {
  traffic.rows = requests(1, 5);
  await openTraffic();
  await lastShown("/orders/8005");
  const running = exchange({ seq: 0, id: "0191f3a0-9", path: "/events", ending: "running" });
  traffic.end(requests(6, 6), { open: [running] });
  await lastShown("/events");
  await expect
    .element(rowWith("/events").getByRole("gridcell").nth(2))
    .toHaveAccessibleName("200, still running");
});
