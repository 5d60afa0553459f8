import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import type { components } from "@/api/index.ts";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { DETAILS, HOSTILE } from "./fixtures.ts";
import type { Detail } from "./queries.ts";
import type { Try } from "./stages.ts";
import { answerDetail, fakeTraffic, grid, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const detail = () => page.getByRole("region", { name: "Request detail" });
const stage = (title: string) =>
  page.getByRole("list", { name: "Stages" }).getByRole("listitem").filter({ hasText: title });

/** The detail of a request, with the log beside it. */
async function openDetail(opened: Detail, tab = "overview") {
  traffic.rows = Object.values(DETAILS).map(({ summary }) => summary);
  traffic.details.set(opened.summary.id, opened);
  const screen = await openTraffic(`?sel=${opened.summary.id}&tab=${tab}`);
  await expect.element(detail().getByRole("tabpanel")).not.toBeEmptyDOMElement();
  return screen;
}

test("200: who answered, which route and key, what was left of the limit, how the service was reached", async () => {
  await openDetail(DETAILS[200]);
  await expect
    .element(page.getByTestId("sentence"))
    .toHaveTextContent("Answered by service shop (http://127.0.0.1:3000) with 200 in 8.7 ms.");
  await expect.element(stage("Route")).toHaveTextContent("its path is /orders");
  await expect.element(stage("Caller")).toHaveTextContent("Key acme-ci, found in header x-api-key");
  await expect
    .element(stage("Limits"))
    .toHaveTextContent("42 left before this request → 41 after; full again in 19 s.");
  await expect.element(stage("Service")).toHaveTextContent("Answered here.");
  await expect
    .element(stage("Service").getByRole("list", { name: "Tries" }))
    .toHaveTextContent("connected in 1.2 ms · first byte after 7.9 ms · answered with 200");
  await expectAccessible();
});

test("401: stopped at the key, the rest not reached", async () => {
  await openDetail(DETAILS[401]);
  await expect.element(stage("Caller")).toHaveTextContent("Stopped here. No API key was sent");
  await expect.element(stage("Limits")).toHaveTextContent("Not reached.");
  await expect.element(stage("Service")).toHaveTextContent("Not reached.");
});

test("404: the routes that came close, each with why not", async () => {
  await openDetail(DETAILS[404]);
  await expect.element(stage("Accept")).toBeVisible();
  const route = page.getByRole("list", { name: "Stages" }).getByRole("listitem").nth(1);
  await expect.element(route).toHaveTextContent("Route orders: path /oders is not under /orders.");
  await expect.element(route).toHaveTextContent("Route users: path /oders is not under /users.");
});

test("429: which limit, its numbers, and when there is room again", async () => {
  await openDetail(DETAILS[429]);
  await expect
    .element(page.getByTestId("sentence"))
    .toHaveTextContent("room for one more in 24 s.");
  await expect
    .element(stage("Limits"))
    .toHaveTextContent(
      "Stopped here. 60/min per key60 of 60 used60 requests per minute per key, at most 60 at once. No room: 0 left before this request → 0 after; room for one more in 23.2 s, full again in 59 s.",
    );
});

test("502: each try with its target and what went wrong", async () => {
  await openDetail(DETAILS[502]);
  const tries = stage("Service").getByRole("list", { name: "Tries" }).getByRole("listitem");
  await expect
    .element(tries.nth(0))
    .toHaveTextContent("open connection used againThe connection was closed before");
  await expect.element(tries.nth(1)).toHaveTextContent(/3000Connection refused\.2\.01 ms$/);
});

test("a try says why its target was chosen; holding and not trying again are said", async () => {
  const why = ["sticky cookie", "retry after upstream_reset, round robin"];
  const chosen: Try[] = DETAILS[502].attempts.map((tried, at) => ({
    ...tried,
    chosen: why[at] ?? null,
  }));
  const forwarded = DETAILS[502].trace.at(-1);
  if (forwarded?.facts.kind !== "forwarded") throw new Error("the fixture does not end so");
  const facts = { ...forwarded.facts, held_ms: 1500, not_retried: "the budget is used up" };
  await openDetail({
    ...DETAILS[502],
    trace: [...DETAILS[502].trace.slice(0, -1), { ...forwarded, facts }],
    attempts: chosen,
  });
  const tries = stage("Service").getByRole("list", { name: "Tries" }).getByRole("listitem");
  await expect.element(tries.nth(0)).toHaveTextContent("http://127.0.0.1:3000 · sticky cookie");
  await expect.element(tries.nth(1)).toHaveTextContent("· retry after upstream_reset, round robin");
  await expect
    .element(stage("Service"))
    .toHaveTextContent("Held for 1.5 s until a target listened again.");
  await expect
    .element(stage("Service"))
    .toHaveTextContent("Not tried again: the budget is used up.");
});

test("the request shows what the gateway changed on the way to the service", async () => {
  await openDetail(DETAILS[200], "request");
  const changes = page.getByRole("list", { name: "Changed on the way to the service" });
  await expect
    .element(changes)
    .toHaveTextContent(
      "~Changed: host127.0.0.1:8080 → 127.0.0.1:3000−Removed: x-api-keygw_dev_…3f9c+Added: via1.1 gatewright",
    );
  await expectAccessible();
});

test("an answer of the gateway's own says that nothing came from a service", async () => {
  await openDetail(DETAILS[401], "response");
  await expect.element(detail().getByText(/The gateway wrote this answer itself/)).toBeVisible();
});

test("a JSON body is formatted, keeps its digits, and can be seen as sent", async () => {
  await openDetail(DETAILS[200], "response");
  const body = page.getByRole("region", { name: "Response body" });
  await expect
    .element(body)
    .toHaveTextContent(`{ "id": 12345678901234567890, "name": "${HOSTILE}" }`);
  await expect
    .element(detail().getByText("1.83 kB · application/json · sent as gzip, shown decoded"))
    .toBeVisible();
  await page.getByRole("radio", { name: "As sent" }).click();
  await expect.element(body).toHaveTextContent(`{"id":12345678901234567890,"name":"${HOSTILE}"}`);
});

test("a body that is no text is shown as hex, and what was cut is said", async () => {
  const body = { bytes: 9000, truncated: true, base64: btoa("\u0089PNG\u0000<b>") };
  await openDetail({ ...DETAILS[200], response_body: body }, "response");
  await expect
    .element(page.getByRole("region", { name: "Response body" }))
    .toHaveTextContent("000000 89 50 4e 47 00 3c 62 3e .PNG.<b>");
  await expect
    .element(detail().getByText("Only the beginning was kept: 8 B of 9 kB."))
    .toBeVisible();
});

test("what callers and services send is never taken for HTML", async () => {
  await openDetail(DETAILS[404]);
  await expect.element(page.getByText(`/oders/${HOSTILE}`).first()).toBeVisible();
  for (const tab of ["Request", "Response", "cURL", "Overview"]) {
    // oxlint-disable-next-line no-await-in-loop
    await page.getByRole("tab", { name: tab }).click();
    // oxlint-disable-next-line no-await-in-loop
    await expect.element(detail().getByRole("tabpanel")).not.toBeEmptyDOMElement();
    expect(document.querySelectorAll("main img")).toHaveLength(0);
  }
});

test("the command to send it again names the secrets it needs", async () => {
  await openDetail(DETAILS[200], "curl");
  await expect
    .element(page.getByRole("region", { name: "cURL" }))
    .toHaveTextContent("curl http://127.0.0.1:8080/orders/8001");
  await expect
    .element(detail().getByText(/Set/))
    .toHaveTextContent("Set API_KEY before you run it.");
  await expectAccessible();
  await page.getByRole("combobox", { name: "Language" }).click();
  await page.getByRole("option", { name: "cURL in PowerShell" }).click();
  await expect
    .element(page.getByRole("region", { name: "cURL" }))
    .toHaveTextContent("curl.exe --config -");
});

test("the tab stays while one goes from request to request", async () => {
  const { router } = await openDetail(DETAILS[429]);
  await page.getByRole("tab", { name: "Request" }).click();
  expect(router.state.location.search).toMatchObject({ tab: "request" });
  await vi.waitFor(() =>
    expect(document.querySelectorAll(".log-row:not([hidden])")).toHaveLength(5),
  );
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}");
  await expect
    .element(page.getByRole("tab", { name: "Request" }))
    .toHaveAttribute("aria-selected", "true");
  await expect.element(detail()).toHaveTextContent(/\/orders\/8005/);
});

test("a request that is not written yet is waited for", async () => {
  const late: Detail = { ...DETAILS[200], summary: exchange({ seq: 77 }) };
  const { id } = late.summary;
  answerDetail(traffic, id);
  await openTraffic(`?sel=${id}`);
  await vi.waitFor(() =>
    expect(traffic.gateway.calls.filter(({ path }) => path.endsWith(id)).length).toBeGreaterThan(1),
  );
  traffic.details.set(id, late);
  await expect.element(page.getByTestId("sentence")).toBeVisible();
});

test("an answer of several services: a lane for each part, and for each request of a list", async () => {
  const { attempts: _, trace, ...rest } = DETAILS[200];
  const call = (entry: number | null, path: string, at_us: number, reason: string | null) => ({
    entry,
    method: "GET",
    path,
    at_us,
    took_us: 1500,
    status: reason === null ? 200 : 404,
    reason,
    bytes: 2048,
    tries: [],
  });
  const calls = Array.from({ length: 8 }, (__, n) =>
    call(n, `/items/${n}`, 3000 + n * 100, n === 2 ? "it answered 404" : null),
  );
  const part = { service: "shop", required: true, needs: [], reason: null, failed: 0, bytes: 2048 };
  const parts = [
    {
      ...part,
      name: "user",
      end: "ok",
      at_us: 200,
      took_us: 1500,
      asked: 1,
      calls: [call(null, "/users/7", 200, null)],
    },
    {
      ...part,
      name: "items",
      required: false,
      needs: ["user"],
      end: "partly",
      reason: "1 of 8 entries is missing; entry 3: it answered 404",
      at_us: 3000,
      took_us: 2300,
      asked: 8,
      failed: 1,
      calls,
    },
    {
      ...part,
      name: "ads",
      required: false,
      end: "skipped",
      reason: "`user.city` is null",
      at_us: 2000,
      took_us: 0,
      asked: 0,
      bytes: 0,
      calls: [],
    },
  ] satisfies components["schemas"]["PartFact"][];
  const together: Detail = {
    ...rest,
    attempts: [],
    trace: [
      ...trace.filter((decision) => decision.stage !== "forward"),
      {
        stage: "aggregate",
        verdict: "answered",
        facts: { kind: "aggregated", parts, completed: false },
        at_us: 190,
        took_us: 5200,
      },
    ],
  };
  await openDetail(together);
  const stages = page.getByRole("list", { name: "Stages" });
  await expect.element(stages).toHaveTextContent("3 parts, 9 requests. Missing: items, ads.");
  const lanes = page.getByRole("list", { name: "Parts" });
  await expect.element(lanes).toHaveTextContent("user · service shop · there");
  await expect.element(lanes).toHaveTextContent("8 requests, 1 of them failed · 2.05 kB");
  await expect
    .element(lanes)
    .toHaveTextContent("ads · service shop · optional · not askeduser.city is null.");
  const requests = page.getByRole("list", { name: "Requests for items" });
  await expect.element(requests).toHaveTextContent("3. GET /items/2 · 2.05 kB · it answered 404");
  await expect.element(requests).not.toHaveTextContent("/items/7");
  await requests.getByRole("button", { name: "Show 3 more" }).click();
  await expect.element(requests).toHaveTextContent("8. GET /items/7");
  await expect.element(stages).not.toHaveTextContent("Not reached");
  await expectAccessible();
});
