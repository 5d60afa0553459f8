import { beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../../test/axe.ts";
import { json, refuse } from "../../../../../test/fakeGateway.ts";
import { DETAILS } from "../../fixtures.ts";
import type { Detail } from "../../queries.ts";
import { answerDetail, fakeTraffic, openTraffic } from "../../testTraffic.tsx";
import type { BodyView } from "./queries.ts";

const traffic = fakeTraffic();
const { gateway } = traffic;
const ID = DETAILS[200].summary.id;
const PAGE = 64 * 1024;
const body = () => page.getByRole("region", { name: "Response body" });
const find = () => page.getByRole("textbox", { name: "Find in this body" });
const isShown = (text: string | RegExp) => expect.element(body()).toHaveTextContent(text);

/** The text of each view of the body. */
let views: Partial<Record<BodyView, string>> = {};

beforeEach(() => {
  views = {};
  const path = `/exchanges/${ID}/bodies/response`;
  const textOf = (url: URL) => views[(url.searchParams.get("view") ?? "sent") as BodyView];
  const none = () =>
    refuse({ code: "request_invalid", status: 400, detail: "this body is neither JSON nor XML" });
  gateway.answers[`GET ${path}`] = (_body, url) => {
    const text = textOf(url);
    if (text === undefined) return none();
    const pages = pagesOf(text);
    return json({
      view: url.searchParams.get("view"),
      is_text: true,
      bytes: text.length,
      lines: text.split("\n").length,
      longest_line: Math.min(10_000, Math.max(...text.split("\n").map(({ length }) => length))),
      page_lines: pages.map(({ first_line }) => first_line),
    });
  };
  for (let number = 0; number < 200; number += 1) {
    gateway.answers[`GET ${path}/pages/${number}`] = (_body, url) =>
      json(pagesOf(textOf(url) ?? "")[number]);
  }
  gateway.answers[`GET ${path}/search`] = (_body, url) => {
    const [text, q] = [textOf(url) ?? "", url.searchParams.get("q") ?? ""];
    const nth = Number(url.searchParams.get("nth"));
    const places = [...text.matchAll(new RegExp(q, "gi"))].map(({ index }) => index);
    const at = places[nth];
    if (at === undefined) return json({ count: 0, hit: null });
    const before = text.slice(0, at);
    const column = at - (before.lastIndexOf("\n") + 1);
    return json({
      count: places.length,
      hit: {
        nth,
        line: before.split("\n").length - 1,
        column,
        length: q.length,
        before: text.slice(at - Math.min(column, 20), at),
        found: text.slice(at, at + q.length),
        after: text.slice(at + q.length, at + q.length + 20).split("\n")[0],
      },
    });
  };
});

/** Cuts as the gateway does: behind a line's end where there is one. */
function pagesOf(text: string) {
  const pages = [];
  let [at, line] = [0, 0];
  while (at < text.length) {
    const cut = text.lastIndexOf("\n", at + PAGE - 1) + 1;
    const end = at + PAGE >= text.length ? text.length : cut > at ? cut : at + PAGE;
    const piece = text.slice(at, end);
    const begins_inside = at > 0 && text[at - 1] !== "\n";
    const next = text.indexOf("\n", end);
    pages.push({
      page: pages.length,
      first_line: line + Number(begins_inside),
      begins_inside,
      rest_of_last_line: piece.endsWith("\n") ? 0 : (next < 0 ? text.length : next) - end,
      text: piece,
      base64: null,
    });
    line += piece.split("\n").length - 1;
    at = end;
  }
  return pages;
}

async function openLarge(text: string, changes: Partial<Detail["response_body"]> = {}) {
  views.sent = text;
  const response_body = {
    bytes: text.length,
    kept_bytes: text.length,
    truncated: false,
    text: text.slice(0, 256 * 1024),
    content_type: "text/plain",
    ...changes,
  };
  const opened: Detail = { ...DETAILS[200], response_body };
  traffic.rows = [opened.summary];
  traffic.details.set(opened.summary.id, opened);
  answerDetail(traffic, opened.summary.id);
  await openTraffic(`?sel=${opened.summary.id}&tab=response`);
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, at) => `line ${at}: tea and cups`).join("\n");

test.each(["light", "dark"])(
  "of a body of many pages only those on screen are read, in the %s theme",
  async (theme) => {
    document.documentElement.dataset.theme = theme;
    await openLarge(numbered(100_000));
    await isShown("line 3: tea and cups");
    await expect.element(page.getByText("100,000 lines")).toBeVisible();
    const read = () => gateway.calls.filter(({ path }) => path.includes("/pages/"));
    expect(read().length).toBeLessThan(3);
    expect(body().element().querySelectorAll("[data-index]").length).toBeLessThan(100);
    body().element().scrollTo({ top: 1e9 });
    await isShown("line 99999: tea and cups");
    expect(read().length).toBeLessThan(8);
    await expectAccessible();
  },
);

test("what is looked for is counted, and each place can be gone to and back", async () => {
  await openLarge(numbered(50_000));
  await isShown("line 3:");
  await find().fill("line 499");
  const said = page.getByRole("search").getByRole("status");
  await expect.element(said).toHaveTextContent("1 of 111");
  await expect.element(body().getByText("line 499", { exact: true })).toBeInTheDocument();
  await userEvent.keyboard("{Enter}");
  await expect.element(said).toHaveTextContent("2 of 111");
  await userEvent.keyboard("{Shift>}{Enter}{Enter}{/Shift}");
  await expect.element(said).toHaveTextContent("111 of 111");
  await isShown("line 49999: tea");
  expect(body().element().querySelector("mark")?.textContent).toBe("line 499");
  await page.getByRole("button", { name: "Next place" }).click();
  await expect.element(said).toHaveTextContent("1 of 111");
  await find().fill("coffee");
  await expect.element(said).toHaveTextContent("Not found");
});

test("a document of many lines is shown as it was sent at once, and formatted when that is wanted", async () => {
  await openLarge(`{\n"items": [\n${numbered(20_000)}\n]}`, { content_type: "application/json" });
  views.formatted = `{\n  "items": [\n    ${numbered(30_000)}`;
  await isShown('"items": [');
  await page.getByRole("button", { name: /^Format \(\d+ kB\)$/ }).click();
  await isShown('2 "items": [3 line 0: tea');
  await expect.element(page.getByText("30,002 lines")).toBeVisible();
  await page.getByRole("button", { name: "As it was sent" }).click();
  await expect.element(page.getByText("20,003 lines")).toBeVisible();
});

test("a document in one line is formatted before it is shown; where that fails, its line is cut short", async () => {
  const sent = `{"items":"${"x".repeat(400_000)}needle"}`;
  views.formatted = `{\n  "items": "formatted"\n}`;
  await openLarge(sent, { content_type: "application/json" });
  await isShown('"items": "formatted"');
  await page.getByRole("button", { name: "As it was sent" }).click();
  await isShown("… + 398 kB on this line");
  await find().fill("needle");
  await isShown(/At 400,011: …x+needle"}…/);
  await expectAccessible();
});

test("what cannot be formatted says so and is shown as it was sent", async () => {
  await openLarge(`[${"x".repeat(300_000)}]`);
  await expect.element(page.getByText("this body is neither JSON nor XML")).toBeVisible();
  await isShown("on this line");
});

test("lines wrap on demand", async () => {
  await openLarge(Array.from({ length: 3000 }, () => "word ".repeat(200)).join("\n"));
  await isShown("word word");
  const height = () =>
    body().element().querySelector("[data-index]")?.getBoundingClientRect().height;
  expect(height()).toBe(18);
  await page.getByRole("button", { name: "Wrap lines" }).click();
  await expect.poll(height).toBeGreaterThan(30);
});

test("all of it can be saved", async () => {
  const saved = vi.spyOn(URL, "createObjectURL");
  gateway.answers[`GET /exchanges/${ID}/bodies/response/file`] = () => new Response("all of it");
  await openLarge(numbered(20_000));
  await page.getByRole("button", { name: "Save response body as a file" }).click();
  await expect.element(page.getByText("The body is saved")).toBeVisible();
  expect(saved).toHaveBeenCalledWith(expect.objectContaining({ size: 9 }));
  saved.mockRestore();
});
