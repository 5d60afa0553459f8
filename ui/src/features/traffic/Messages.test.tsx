import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { json } from "../../../test/fakeGateway.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { DETAILS, HOSTILE } from "./fixtures.ts";
import type { Detail } from "./queries.ts";
import { answerDetail, fakeTraffic, openTraffic } from "./testTraffic.tsx";
import type { Message } from "./useMessages.ts";

const traffic = fakeTraffic();
const lines = () => page.getByRole("list", { name: "Messages" }).getByRole("listitem");
const line = (at: number) => lines().nth(at).getByRole("button").first();
const tab = (name: string | RegExp) => page.getByRole("tab", { name });

/** A message, by default a text from the caller. */
function message(number: number, changes: Partial<Message> = {}): Message {
  return {
    number,
    direction: "to_service",
    kind: "text",
    at_us: number * 1_200_000,
    bytes: 12,
    truncated: false,
    text: `message ${number}`,
    base64: null,
    event: null,
    event_id: null,
    close_code: null,
    ...changes,
  };
}

/** A WebSocket with these messages, opened at its messages. */
async function openMessages(
  kept: Message[],
  changes: Partial<Detail["summary"]> = {},
  pageSize = 200,
) {
  const summary = exchange({
    seq: 21,
    status: 101,
    stream: "websocket",
    messages: kept.length,
    path: "/chat",
    ...changes,
  });
  const detail = { ...DETAILS[200], summary };
  traffic.rows = [summary];
  traffic.details.set(summary.id, detail);
  answerDetail(traffic, summary.id);
  traffic.gateway.answers[`GET /exchanges/${summary.id}/messages`] = (_body, url) => {
    const after = Number(url.searchParams.get("after"));
    const rest = kept.filter(({ number }) => number > after);
    const rows = rest.slice(0, pageSize);
    return json({ rows, next: rows.length < rest.length ? rows.at(-1)?.number : null });
  };
  await openTraffic(`?sel=${summary.id}&tab=messages`);
  return detail;
}

test("each message has its direction, kind, beginning, size and time, and opens to the rest", async () => {
  await openMessages([
    message(1, { text: `{"a":[1,2],"b":"${HOSTILE}"}` }),
    message(2, {
      direction: "to_caller",
      kind: "binary",
      text: null,
      base64: "AJ+Slg==",
      bytes: 4,
    }),
    message(3, { kind: "close", text: "thank you", close_code: 1000 }),
  ]);
  await expect
    .element(lines().nth(0))
    .toHaveTextContent(`to servicetext{"a":[1,2],"b":"${HOSTILE}"}12 B+1.2 s`);
  await expect.element(lines().nth(1)).toHaveTextContent("to callerbinarynot text4 B+2.4 s");
  await expect.element(lines().nth(2)).toHaveTextContent("close1000 thank you");
  await line(0).click();
  await expect
    .element(page.getByRole("region", { name: "Message 1" }))
    .toHaveTextContent(`{ "a": [ 1, 2 ], "b": "${HOSTILE}" }`);
  await line(1).click();
  await expect
    .element(page.getByRole("region", { name: "Message 2" }))
    .toHaveTextContent("00 9f 92 96");
  await line(2).click();
  await expect.element(lines().nth(2)).toHaveTextContent("closed with code 1000");
  expect(document.querySelector("img[src=x]")).toBeNull();
  await expect.element(tab("Messages 3")).toBeVisible();
  await expectAccessible();
});

test("an event has its type and id", async () => {
  await openMessages(
    [message(1, { direction: "to_caller", kind: "event", event: "add", event_id: "7" })],
    { stream: "event_stream", status: 200 },
  );
  await expect.element(lines().nth(0)).toHaveTextContent("to callereventadd: message 1");
  await line(0).click();
  await expect.element(lines().nth(0)).toHaveTextContent("event add · id 7");
});

test("all pages are read, and what was not kept is counted", async () => {
  const kept = Array.from({ length: 25 }, (_, at) => message(at + 1));
  await openMessages(kept, { messages: 2143 }, 10);
  await expect.element(lines().first()).toHaveAttribute("aria-setsize", "25");
  await expect.element(page.getByText("2,143 messages")).toBeVisible();
  await expect.element(page.getByText("2,118 more not kept.")).toBeVisible();
});

test("messages that come are added while the request runs", async () => {
  const kept = [message(1)];
  const { summary } = await openMessages(kept, { ending: "running", seq: 0 });
  await expect.element(lines().nth(0)).toHaveTextContent("message 1");
  await line(0).click();
  kept.push(message(2, { direction: "to_caller" }));
  traffic.tell({ type: "messages", exchanges: [summary.id] });
  await expect.element(lines().nth(1)).toHaveTextContent("message 2");
  await expect.element(line(0)).toHaveAttribute("aria-expanded", "true");
  await expect.element(page.getByText("messages so far")).toBeVisible();
  const asked = () => traffic.gateway.calls.filter(({ path }) => path.endsWith("/messages")).length;
  const before = asked();
  traffic.tell({ type: "messages", exchanges: ["0191f3a0-0000-7000-8000-999999999999"] });
  traffic.tell({ type: "messages", exchanges: [summary.id] });
  await vi.waitFor(() => expect(asked()).toBe(before + 1));
});

test("of thousands of messages only those in sight exist, and the keyboard reaches each", async () => {
  const kept = Array.from({ length: 5000 }, (_, at) => message(at + 1));
  await openMessages(kept, {}, 1000);
  await expect.element(lines().first()).toHaveAttribute("aria-setsize", "5000");
  const exist = () => document.querySelectorAll("[aria-label=Messages] > li").length;
  expect(exist()).toBeLessThan(80);
  await line(0).click();
  await expect.element(page.getByRole("region", { name: "Message 1", exact: true })).toBeVisible();

  const atFocus = () => document.activeElement?.closest("li")?.getAttribute("aria-posinset");
  await userEvent.keyboard("{End}");
  await vi.waitFor(() => expect(atFocus()).toBe("5000"));
  await expect.element(page.getByText("message 5000")).toBeInViewport();
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("region", { name: "Message 5000" })).toBeInViewport();
  await userEvent.keyboard("{ArrowUp}");
  await vi.waitFor(() => expect(atFocus()).toBe("4999"));
  expect(exist()).toBeLessThan(80);
  await expectAccessible();

  // What has the focus keeps it while others are looked at, and what is open stays open.
  const scroller = document.querySelector("ol[aria-label=Messages]")?.parentElement;
  scroller?.scrollTo({ top: 0 });
  await expect.element(page.getByRole("region", { name: "Message 1", exact: true })).toBeVisible();
  expect(atFocus()).toBe("4999");
  await userEvent.keyboard("{Home}");
  await vi.waitFor(() => expect(atFocus()).toBe("1"));
  expect(exist()).toBeLessThan(80);
});

test("only requests with messages offer them", async () => {
  traffic.rows = [DETAILS[200].summary];
  await openTraffic(`?sel=${DETAILS[200].summary.id}`);
  await expect.element(page.getByTestId("sentence")).toBeVisible();
  await expect.element(tab("Response")).toBeVisible();
  await expect.element(tab(/^Messages/)).not.toBeInTheDocument();
});

test("the log says which requests go on as what", async () => {
  traffic.rows = [
    exchange({ seq: 1, path: "/plain" }),
    exchange({ seq: 2, path: "/chat", stream: "websocket", status: 101 }),
    exchange({ seq: 3, path: "/news", stream: "event_stream" }),
  ];
  await openTraffic();
  await vi.waitFor(() =>
    expect(
      [...document.querySelectorAll<HTMLElement>(".log-row:not([hidden]) .log-path")].map((cell) =>
        cell.innerText.replaceAll(/\s+/g, " "),
      ),
    ).toEqual(["/plain", "ws /chat", "sse /news"]),
  );
});
