import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { Exchange } from "@/live/exchange.ts";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json } from "../../../test/fakeGateway.ts";
import { DETAILS, HOSTILE } from "./fixtures.ts";
import type { Detail } from "./queries.ts";
import type { Comparison, ReplayOrder, ReplayPlan } from "./replayQueries.ts";
import { answerDetail, fakeTraffic, grid, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const detail = () => page.getByRole("region", { name: "Request detail" });

const PLAN: ReplayPlan = {
  request: {
    method: "GET",
    host: "127.0.0.1:8080",
    path: "/orders/8001",
    headers: [{ name: "accept", value: "application/json" }],
  },
  direct: { method: "GET", host: "127.0.0.1:3000", path: "/8001", headers: [] },
  left_out: ["Header `x-api-key` is left out: its value is not in the log."],
  incomplete: false,
  safe: true,
  key: { id: "0191f3a0-2222-7000-8000-000000000001", name: "acme-ci" },
  version: "v1",
  versions: ["v1", "v2"],
  targets: ["http://127.0.0.1:3000"],
  most_times: 200,
};

const again = exchange({ seq: 90, origin: "replay", replay_of: DETAILS[200].summary.id });

function compared(changes: Partial<Comparison> = {}): Comparison {
  return {
    before: DETAILS[200].summary,
    after: { ...again, status: 500, version: "v2" },
    same_answer: false,
    facts: [{ fact: "status", before: "200", after: "500" }],
    request: { headers: { changes: [], same: 3 }, body: { kind: "same" } },
    response: {
      headers: {
        changes: [
          { name: "x-new", after: HOSTILE, noise: false },
          { name: "date", before: "Mon", after: "Tue", noise: true },
        ],
        same: 2,
      },
      body: {
        kind: "json",
        changes: [{ path: "$.items[0].price", before: "1", after: `"${HOSTILE}"` }],
        more: 0,
      },
    },
    ...changes,
  };
}

/** What was asked to be sent. */
const orders = () =>
  traffic.gateway.calls
    .filter(({ method, path }) => method === "POST" && path.endsWith("/replay"))
    .map(({ body }) => body as ReplayOrder);

async function openRequest(
  first: Detail,
  { tab = "overview", plan = PLAN, earlier = [] as Exchange[] } = {},
) {
  const { id } = first.summary;
  traffic.rows = [...earlier, first.summary, again];
  traffic.details.set(id, first);
  traffic.details.set(again.id, { ...first, summary: again });
  answerDetail(traffic, again.id);
  const { answers } = traffic.gateway;
  answers["GET /keys"] = () => json({ rows: [], next: null });
  answers["GET /config"] = () => json({ consumers: [{ name: "acme corp" }] });
  for (const each of [id, again.id]) {
    answers[`GET /exchanges/${each}/replay`] = () => json(plan);
    answers[`POST /exchanges/${each}/replay`] = (order: ReplayOrder) =>
      json({
        results: Array.from({ length: order.times }, () => ({
          exchange_id: again.id,
          status: 200,
          took_us: 8000,
        })),
        left_out: [],
      });
  }
  answers[`GET /exchanges/${id}/diff/${again.id}`] = () => json(compared());
  const screen = await openTraffic(`?sel=${id}&tab=${tab}`);
  await expect.element(detail().getByRole("tabpanel")).not.toBeEmptyDOMElement();
  return screen;
}

test("R sends the request again, as its key, and shows the answer beside the original's", async () => {
  await openRequest(DETAILS[200]);
  grid().element().focus();
  await userEvent.keyboard("r");
  const result = detail().getByRole("region", { name: "Comparison" });
  await expect.element(result).toHaveTextContent("Sent again");
  await expect
    .element(result)
    .toHaveTextContent("The answers differ: status 200 and 500, 1 header, 1 value in the JSON.");
  expect(orders()).toEqual([{ times: 1, at_once: 1, confirmed: false, key: PLAN.key?.id }]);
  expect(document.querySelectorAll("main img")).toHaveLength(0);
  await expectAccessible();
});

test("it is sent as a consumer of whom no key is known", async () => {
  await openRequest(DETAILS[200], { tab: "replay" });
  await page.getByRole("combobox", { name: "As" }).click();
  await page.getByRole("option", { name: "Consumer acme corp" }).click();
  await expect.element(detail().getByText(/Granted to this alone, with the groups/)).toBeVisible();
  await detail().getByRole("button", { name: /^Send/ }).click();
  await expect
    .poll(orders)
    .toEqual([{ times: 1, at_once: 1, confirmed: false, consumer: "acme corp" }]);
  await expectAccessible();
});

test("a request that may change something is asked about, and sent when that is meant", async () => {
  const plan = { ...PLAN, safe: false, request: { ...PLAN.request, method: "POST" } };
  await openRequest(DETAILS[200], { plan });
  grid().element().focus();
  await userEvent.keyboard("r");
  const dialog = page.getByRole("alertdialog", { name: "Send POST again?" });
  await expect.element(dialog).toHaveTextContent("POST may change something once more.");
  expect(orders()).toEqual([]);
  await dialog.getByRole("button", { name: "Send it" }).click();
  await vi.waitFor(() => expect(orders()).toMatchObject([{ confirmed: true }]));
});

test("E edits the request; Ctrl+Enter sends it", async () => {
  await openRequest(DETAILS[200]);
  grid().element().focus();
  await userEvent.keyboard("e");
  const path = detail().getByRole("textbox", { name: "Path and query" });
  await expect.element(path).toHaveFocus();
  await userEvent.fill(path, "/orders/9?x=1");
  await userEvent.fill(detail().getByRole("textbox", { name: "Headers" }), "no header");
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  await expect.element(detail().getByText("is no header: write")).toBeVisible();
  await userEvent.fill(detail().getByRole("textbox", { name: "Headers" }), "X-A: b");
  await expectAccessible();
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  await vi.waitFor(() =>
    expect(orders()).toMatchObject([
      {
        request: {
          method: "GET",
          path: "/orders/9?x=1",
          host: "127.0.0.1:8080",
          headers: [{ name: "x-a", value: "b" }],
        },
      },
    ]),
  );
});

test("it is sent many times, to a target, and each has its row", async () => {
  await openRequest(DETAILS[200], { tab: "replay" });
  await detail().getByRole("combobox", { name: "Send to" }).click();
  await page.getByRole("option", { name: "http://127.0.0.1:3000" }).click();
  await userEvent.fill(detail().getByRole("textbox", { name: "Times", exact: true }), "3");
  await detail().getByRole("button", { name: "Send 3 times" }).click();
  await expect.element(detail().getByText("3 × 200.")).toBeVisible();
  expect(orders()).toEqual([
    { times: 3, at_once: 1, confirmed: false, target: "http://127.0.0.1:3000" },
  ]);
  await detail().getByRole("button", { name: "Open request 2" }).click();
  await expect.element(detail().getByTestId("sentence")).toBeVisible();
});

test("M marks a request and D compares another one with it", async () => {
  const { router } = await openRequest(DETAILS[200]);
  grid().element().focus();
  await userEvent.keyboard("m");
  await expect.element(page.getByText("Marked; press D on another request")).toBeVisible();
  await userEvent.keyboard("{ArrowDown}d");
  await vi.waitFor(() =>
    expect(router.state.location.search).toMatchObject({
      sel: again.id,
      tab: "diff",
      with: DETAILS[200].summary.id,
    }),
  );
  await expect
    .element(detail().getByRole("list", { name: "Answer JSON that differs" }))
    .toHaveTextContent(`~Changed: $.items[0].price1 → "${HOSTILE}"`);
  await expect.element(detail().getByText("1 header that differs every time")).toBeVisible();
  await expectAccessible();
});

test("D without a mark offers the same request on another version", async () => {
  await openRequest(DETAILS[200]);
  grid().element().focus();
  await userEvent.keyboard("d");
  await detail().getByRole("button", { name: "The same on v2" }).click();
  await expect.element(detail().getByRole("region", { name: "Comparison" })).toBeVisible();
  expect(orders()).toMatchObject([{ version: "v2", key: PLAN.key?.id }]);
  expect(detail().getByRole("button", { name: "The same on v1" }).elements()).toHaveLength(0);
});

test("what came before on the same route can be compared with too", async () => {
  const before = exchange({ seq: 0, method: "GET", route: DETAILS[200].summary.route ?? null });
  await openRequest(DETAILS[200], { tab: "diff", earlier: [before] });
  const { id } = DETAILS[200].summary;
  traffic.gateway.answers[`GET /exchanges/${before.id}/diff/${id}`] = () => json(compared());
  await detail()
    .getByRole("button", { name: `The one before on ${before.route}` })
    .click();
  await expect.element(detail().getByRole("region", { name: "Comparison" })).toBeVisible();
  await expect.element(detail().getByText("The one before", { exact: true })).toBeVisible();
});

test("texts are compared by their lines, and what was not kept is said", async () => {
  await openRequest(DETAILS[200], { tab: "diff" });
  const text = compared({
    response: {
      headers: { changes: [], same: 0 },
      body: {
        kind: "not_kept",
        lines: [
          { kind: "removed", before: 1, text: HOSTILE },
          { kind: "added", after: 1, text: "new" },
        ],
        more: 4,
      },
    },
  });
  const { id } = DETAILS[200].summary;
  traffic.gateway.answers[`GET /exchanges/${id}/diff/${again.id}`] = () => json(text);
  await detail().getByRole("button", { name: "The same on v2" }).click();
  await expect
    .element(detail().getByRole("region", { name: "Answer lines that differ" }))
    .toHaveTextContent(`1−Removed: ${HOSTILE}1+Added: new`);
  await expect.element(detail().getByText("4 more lines not shown.")).toBeVisible();
  await expect
    .element(
      detail()
        .getByText(/not everything was kept/)
        .first(),
    )
    .toBeVisible();
  expect(document.querySelectorAll("main img")).toHaveLength(0);
  await expectAccessible();
});

test("a row that was sent again says so", async () => {
  await openRequest(DETAILS[200]);
  await expect
    .element(page.getByRole("row").filter({ hasText: "/orders/8090" }))
    .toHaveTextContent("replayed");
});
