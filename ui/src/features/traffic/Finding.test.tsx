import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json, refuse } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import { fakeTraffic, grid, openTraffic, paths, readFilter } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const filterBox = () => page.getByRole("searchbox", { name: "Filter requests" });
const requests = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => exchange({ seq: from + at }));
const strip = () => page.getByRole("region", { name: "Requests over time" });

test("under the field stands what the filter means, and what of it does not apply", async () => {
  traffic.rows = requests(1, 5);
  traffic.gateway.answers["GET /exchanges/filter"] = (_body, url) => {
    const q = url.searchParams.get("q") ?? "";
    if (!q.includes("stat:")) return readFilter(q, { meaning: "Requests that failed (5xx)" });
    const message = "there is no `stat:`; did you mean `status:`?";
    const note = { kind: "unknown_key", from: 4, to: 12, message, instead: "status:5xx" };
    return readFilter(q, { meaning: "", notes: [note] });
  };
  await openTraffic("?q=/or%20stat:5xx");
  await expect
    .element(page.getByText(/There is no/))
    .toHaveTextContent(
      "There is no stat:; did you mean status:? It does not apply; the rest does.",
    );
  await expectAccessible();
  await page.getByRole("button", { name: "Use status:5xx" }).click();
  await expect.element(filterBox()).toHaveValue("/or status:5xx");
  await expect.element(page.getByText("Requests that failed (5xx).")).toBeVisible();
});

test("the field offers how to go on, by arrows and Enter, and closes with Escape", async () => {
  traffic.gateway.answers["GET /exchanges/completions"] = (_body, url) => {
    const q = url.searchParams.get("q") ?? "";
    const at = Number(url.searchParams.get("at"));
    if (q.startsWith("route:")) {
      const options = [
        { text: "route:orders", count: 40 },
        { text: "route:users", count: 3 },
      ];
      return json({ from: 0, to: at, options });
    }
    return json({ from: 0, to: at, options: [{ text: "route:", help: "name of a route" }] });
  };
  await openTraffic();
  await filterBox().click();
  await userEvent.keyboard("ro");
  await expect.element(page.getByRole("option", { name: /route:/ })).toBeVisible();
  await expectAccessible();
  await userEvent.keyboard("{ArrowDown}{Enter}");
  await expect.element(filterBox()).toHaveValue("route:");
  await expect.element(page.getByRole("option", { name: /users/ })).toHaveTextContent("3");
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  const chosen = page.getByRole("option", { name: /users/ });
  await expect.element(chosen).toHaveAttribute("aria-selected", "true");
  const active = filterBox().element().getAttribute("aria-activedescendant");
  expect(chosen.element().id).toBe(active);
  await userEvent.keyboard("{Escape}");
  await expect.element(page.getByRole("listbox")).not.toBeInTheDocument();
  await expect.element(filterBox()).toHaveFocus();
  await userEvent.keyboard("u");
  await page.getByRole("option", { name: /users/ }).click();
  await expect.element(filterBox()).toHaveValue("route:users");
});

test("the strip counts what matches, grows with what ends, and follows the filter", async () => {
  traffic.rows = [...requests(1, 20), exchange({ seq: 21, status: 503 })];
  const { router } = await openTraffic();
  await expect.element(page.getByTestId("matching")).toHaveTextContent("21 requests");
  const now = Math.floor(Date.now() / 1000);
  const count = { ok: 0, redirected: 0, refused: 0, failed: 9, other: 0 };
  traffic.tell({
    type: "traffic",
    rows: [],
    matched: 9,
    omitted: 9,
    counts: [{ at_s: now, ...count }],
    newest: 30,
    total_seen: 9,
    open: [],
    figures: { window_s: 10, requests: 0, per_second: 0 },
    dropped: 0,
  });
  await expect.element(page.getByTestId("matching")).toHaveTextContent("30 requests");
  await page.getByRole("button", { name: "Answers 5xx" }).click();
  await expect.element(page.getByTestId("matching")).toHaveTextContent("1 request");
  await strip().getByRole("button", { name: "15 minutes" }).click();
  await page.getByRole("menuitemcheckbox", { name: "1 hour" }).click();
  expect(router.state.location.search).toMatchObject({ range: "1h" });
  await expectAccessible();
});

test("a stretch of the strip bounds the filter: by drag, by keys and by fields", async () => {
  traffic.rows = requests(1, 20);
  traffic.gateway.answers["GET /exchanges/filter"] = (_body, url) => {
    const q = url.searchParams.get("q") ?? "";
    const bound = (side: string) => {
      const text = new RegExp(String.raw`${side}:(\S+)`).exec(q)?.[1];
      return text === undefined ? null : Date.parse(text) * 1000;
    };
    return readFilter(q, { since_us: bound("since"), until_us: bound("until") });
  };
  await openTraffic();
  await expect.element(page.getByTestId("matching")).toHaveTextContent("20 requests");
  const svg = strip().element().querySelector("svg");
  const box = svg?.getBoundingClientRect() ?? new DOMRect();
  const plot = svg?.parentElement;
  const at = (share: number, type: string) =>
    plot?.dispatchEvent(
      new PointerEvent(type, {
        clientX: box.left + box.width * share,
        clientY: box.top + 5,
        bubbles: true,
        pointerId: 1,
      }),
    );
  vi.spyOn(Element.prototype, "setPointerCapture").mockImplementation(() => undefined);
  at(0.5, "pointerdown");
  at(0.6, "pointermove");
  at(0.6, "pointerup");
  const typed = () => (filterBox().element() as HTMLInputElement).value;
  const moment = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d0Z`;
  await vi.waitFor(() => expect(typed()).toMatch(new RegExp(`^since:${moment} until:${moment}$`)));
  const times = () => {
    const text = typed();
    return [...text.matchAll(/:(\d{4}\S+)/g)].map(([, time]) => Date.parse(time ?? "") / 1000);
  };
  const [since = 0, until = 0] = times();
  expect(until - since).toBeGreaterThanOrEqual(80);
  expect(until - since).toBeLessThanOrEqual(110);
  const handle = page.getByRole("slider", { name: "Since" });
  await expect.element(handle).not.toHaveAttribute("aria-valuetext", "not bound");
  await expectAccessible();
  handle.element().focus();
  await userEvent.keyboard("{ArrowRight}");
  await vi.waitFor(() => expect(times()).toEqual([since + 10, until]));
  await userEvent.keyboard("{Delete}");
  await vi.waitFor(() => expect(times()).toEqual([until]));
  await strip().getByRole("button", { name: "15 minutes" }).click();
  await page.getByRole("menuitem", { name: "Since and until…" }).click();
  await page.getByRole("textbox", { name: "Since" }).fill("-5m");
  await page.getByRole("textbox", { name: "Until" }).fill("");
  await userEvent.keyboard("{Enter}");
  await expect.element(filterBox()).toHaveValue("since:-5m");
});

test("a filter is saved as a view, changed, and taken away with a way back", async () => {
  traffic.rows = Object.values(DETAILS).map((detail) => detail.summary);
  let views = [{ name: "Errors", q: "status:5xx" }];
  traffic.gateway.answers["GET /views"] = () => json(views);
  for (const name of ["Limited", "Errors"]) {
    traffic.gateway.answers[`PUT /views/${name}`] = (body: { name: string; q: string }) => {
      if (body.name === "taken") return refuse({ code: "request_invalid", status: 400 });
      views = [...views.filter((view) => view.name !== name), body];
      return json(views);
    };
    traffic.gateway.answers[`DELETE /views/${name}`] = () => {
      views = views.filter((view) => view.name !== name);
      return new Response(null, { status: 204 });
    };
  }
  const { router } = await openTraffic();
  const tabs = page.getByRole("navigation", { name: "Views" });
  await tabs.getByRole("button", { name: "Errors" }).click();
  await expect.element(filterBox()).toHaveValue("status:5xx");
  await expect
    .element(tabs.getByRole("button", { name: "Errors" }))
    .toHaveAttribute("aria-current");
  await filterBox().fill("status:429");
  await expect.element(tabs.getByText("(changed)")).toBeVisible();
  await page.getByRole("button", { name: "Save view…" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("Limited");
  await userEvent.keyboard("{Enter}");
  await expect
    .element(tabs.getByRole("button", { name: "Limited" }))
    .toHaveAttribute("aria-current");
  await expectAccessible();
  await page.getByRole("button", { name: "Change the view Limited" }).click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await expect.element(tabs.getByRole("button", { name: "Limited" })).not.toBeInTheDocument();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.element(tabs.getByRole("button", { name: "Limited" })).toBeVisible();
  await tabs.getByRole("button", { name: "All" }).click();
  await vi.waitFor(() =>
    expect(router.state.location.search).not.toHaveProperty("q", "status:429"),
  );
  await vi.waitFor(() => expect(paths()).toHaveLength(5));
});

test("where nothing matches, the terms that hide most can be taken away", async () => {
  traffic.rows = requests(1, 5);
  traffic.gateway.answers["GET /exchanges/hidden"] = () =>
    json({
      shown: { count: 0, all: true },
      without: [
        { term: "status:429", from: 14, to: 24, would_show: { count: 31, all: true } },
        { term: "path:/orders/", from: 0, to: 13, would_show: { count: 0, all: true } },
      ],
    });
  await openTraffic("?q=path:/orders/%20status:429");
  const offer = page.getByRole("button", { name: "Remove status:429 (would show 31)" });
  await expect.element(offer).toBeVisible();
  await expectAccessible();
  await offer.click();
  await expect.element(filterBox()).toHaveValue("path:/orders/");
});

test("a search that takes long says how far it has come, and can be stopped", async () => {
  traffic.rows = requests(1, 5);
  let asked = 0;
  const plain = traffic.gateway.answers["GET /exchanges"];
  traffic.gateway.answers["GET /exchanges"] = (body, url) => {
    if (url.searchParams.get("q") !== "body:needle") {
      return plain?.(body, url) ?? refuse({ code: "not_found", status: 404 });
    }
    asked += 1;
    const next = Math.max(1, 1000 - asked);
    return new Promise((resolve) =>
      setTimeout(() => resolve(json({ rows: [], next, oldest: 0, end: 1000 })), 20),
    );
  };
  await openTraffic("?q=body:needle");
  await expect.element(page.getByRole("progressbar")).toBeVisible();
  await expect.element(page.getByText(/of 1,000 looked at · 0 found/)).toBeVisible();
  await expect.element(page.getByText("Nothing found yet; still searching")).toBeVisible();
  await expectAccessible();
  await page.getByRole("button", { name: "Stop searching" }).click();
  await expect.element(page.getByRole("progressbar")).not.toBeInTheDocument();
  await expect.element(grid()).toBeVisible();
});
