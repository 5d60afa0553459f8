import { beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defaultRateLimit, defaultRoute, defaultService } from "@/api/index.ts";
import { exchange } from "@/live/fixtures.ts";
import { json } from "../../test/fakeGateway.ts";
import { countInputs } from "../../test/inputs.ts";
import { openApp } from "../../test/openApp.tsx";
import { exported, KONG } from "../features/export/fixtures.ts";
import { DETAILS } from "../features/traffic/fixtures.ts";
import { answerDetail, fakeTraffic, grid, paths } from "../features/traffic/testTraffic.tsx";
import { setPreferences } from "./preferences.ts";

/* What people do most takes no more presses and keys than it may. */

const traffic = fakeTraffic();
const { gateway } = traffic;
const rowWith = (text: string) => page.getByRole("row").filter({ hasText: text });
const detail = () => page.getByRole("region", { name: "Request detail" });
const button = (name: string | RegExp) => page.getByRole("button", { name });
const wasAsked = (method: string, path: string) =>
  expect
    .poll(() => gateway.calls.filter((call) => call.method === method).map((call) => call.path))
    .toContain(path);

beforeEach(() => {
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [
      { ...defaultRoute("orders", "shop"), match: { ...defaultRoute("").match, path: "/orders" } },
    ],
  };
});

/** Traffic with a few requests, its keys in the rows. */
async function openLog() {
  traffic.rows = Array.from({ length: 9 }, (_, at) => exchange({ seq: at + 1 }));
  await openApp("/traffic");
  await vi.waitFor(() => expect(paths()).toHaveLength(9));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}");
}

test("a key is issued and copied by five keys", async () => {
  gateway.answers["POST /keys"] = (body: { name: string }) =>
    json(
      {
        key: {
          id: "0191f3a0-2222-7000-8000-000000000009",
          name: body.name,
          consumer: "acme",
          hint: "gw_…ynKp",
          created_at_us: 0,
          labels: {},
          scopes: [],
          access: { kind: "all" },
        },
        secret: "gw_dev_3sq4tbvXnfIv3MMs1tgECiOO5vN5oN3EynKp",
      },
      { status: 201 },
    );
  await openApp("/history");
  const took = countInputs();
  await userEvent.keyboard("gk");
  await expect.element(page.getByText("No keys yet")).toBeVisible();
  await userEvent.keyboard("c");
  await expect.element(page.getByRole("textbox", { name: "Name" })).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  const copy = page.getByRole("button", { name: "Copy", exact: true });
  await expect.element(copy).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await wasAsked("POST", "/keys");
  took(5);
});

test("why a request was limited is one press away", async () => {
  traffic.rows = [DETAILS[429].summary];
  await openApp("/traffic");
  await vi.waitFor(() => expect(paths()).toHaveLength(1));
  const took = countInputs();
  await rowWith(DETAILS[429].summary.path).click();
  await expect.element(detail().getByTestId("sentence")).toHaveTextContent(/limit/);
  took(1);
});

test("a request is sent again by one key, and to another version by two inputs", async () => {
  const { id } = DETAILS[200].summary;
  traffic.rows = [DETAILS[200].summary];
  answerDetail(traffic, id);
  const request = { method: "GET", host: "127.0.0.1:8080", path: "/orders/8001", headers: [] };
  const plan = {
    request,
    left_out: [],
    incomplete: false,
    safe: true,
    version: "v1",
    versions: ["v1", "v2"],
    targets: ["http://127.0.0.1:3000"],
    most_times: 200,
  };
  gateway.answers[`GET /exchanges/${id}/replay`] = () => json(plan);
  gateway.answers[`POST /exchanges/${id}/replay`] = () => json({ results: [], left_out: [] });
  gateway.answers["GET /keys"] = () => json({ rows: [], next: null });
  await openApp("/traffic");
  await vi.waitFor(() => expect(paths()).toHaveLength(1));
  grid().element().focus();
  await userEvent.keyboard("{ArrowUp}");
  const sent = () => gateway.calls.filter(({ path }) => path.endsWith("/replay"));
  const orders = () => sent().filter(({ method }) => method === "POST").length;

  const again = countInputs();
  await userEvent.keyboard("r");
  await expect.poll(orders).toBe(1);
  again(1);

  grid().element().focus();
  const compared = countInputs();
  await userEvent.keyboard("d");
  await detail().getByRole("button", { name: "The same on v2" }).click();
  await expect.poll(orders).toBe(2);
  compared(2);
});

test("a limit of 60 a minute for each key is set by three presses", async () => {
  await openApp("/routes");
  await expect.element(page.getByRole("listitem").nth(1)).toBeVisible();
  const took = countInputs();
  await page.getByRole("listitem").nth(1).getByRole("button").first().click();
  await button(/^Limits/).click();
  await button("60/min per key").click();
  await expect
    .poll(() => gateway.config.routes[0]?.rate_limits)
    .toMatchObject([{ requests: 60, per: "minute", by: "key" }]);
  took(3);
});

test("a limit is used up by two presses, and the 429 is told", async () => {
  const plan = {
    method: "GET",
    path: "/orders",
    route: "orders",
    limit: "60/min per key",
    kind: "rate",
    partition: "all",
    per: "minute",
    allowed: 60,
    left: 60,
    requests: 61,
    is_many: false,
  };
  gateway.config.routes[0] = {
    ...defaultRoute("orders", "shop"),
    rate_limits: [defaultRateLimit(60, "minute", "key")],
  };
  gateway.answers["POST /trips/plan"] = () => json(plan);
  gateway.answers["POST /trips"] = () =>
    json({
      plan,
      sent: 61,
      answers: [
        { status: 200, count: 60 },
        { status: 429, count: 1 },
      ],
      refused_by: ["60/min per key"],
      retry_after_s: 23,
      sentence: "Refused by `60/min per key`.",
      took_us: 120_000,
    });
  await openApp("/routes?sel=orders");
  await button(/^Limits/).click();
  const took = countInputs();
  await button(/^Trip it/)
    .first()
    .click();
  await expect.element(page.getByText("0 of 60 used")).toBeVisible();
  await button(/^Send up to/).click();
  await expect.element(page.getByLabelText("60 × 200, then 429")).toBeVisible();
  took(2);
});

test("the remembered export is copied by three inputs", async () => {
  setPreferences({ exportTo: KONG.id });
  gateway.answers["GET /export/products"] = () => json([KONG]);
  gateway.answers["GET /export/proof"] = () => json({ job: null });
  gateway.answers["GET /export/programs"] = () => json([]);
  gateway.answers[`POST /export/${KONG.id}`] = () => json(exported(KONG, [], false));
  const copied = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  await openApp("/history");
  const took = countInputs();
  await userEvent.keyboard("ge");
  await button("Copy").first().click();
  await expect.poll(() => copied.mock.calls.length).toBe(1);
  took(3);
});

test("a change is undone by one key", async () => {
  const { config } = gateway;
  gateway.past = [1, 2].map((number) => ({
    info: { number, actor: "ui" as const, at_us: Date.now() * 1000, note: "" },
    config: { ...config, listen: { ...config.listen, port: 8079 + number } },
    changes: number === 1 ? [] : ["gateway address `127.0.0.1:8080` → `127.0.0.1:8081`"],
  }));
  gateway.revision = 2;
  gateway.config = gateway.past[1]?.config ?? config;
  await openApp("/routes");
  await expect.element(page.getByRole("listitem").nth(1)).toBeVisible();
  const took = countInputs();
  await userEvent.keyboard("{Control>}z{/Control}");
  await expect.poll(() => gateway.config.listen.port).toBe(8080);
  took(1);
});

test("a request is pinned by one key, and removed by one, with one press to have it back", async () => {
  await openLog();
  const row = exchange({ seq: 9 });
  gateway.answers["POST /exchanges/pin"] = () => json({ changed: [row.id], missing: [] });
  gateway.answers["POST /exchanges/remove"] = () =>
    json({ removed: [row.id], pinned: [], missing: [], until_us: 0 });
  gateway.answers["POST /exchanges/restore"] = () => json({ rows: [row], missing: [] });
  const pinned = countInputs();
  await userEvent.keyboard("p");
  await wasAsked("POST", "/exchanges/pin");
  pinned(1);
  const removed = countInputs();
  await userEvent.keyboard("{Delete}");
  await vi.waitFor(() => expect(paths()).not.toContain(row.path));
  removed(1);
  const back = countInputs();
  await button("Undo").click();
  await vi.waitFor(() => expect(paths()).toContain(row.path));
  back(1);
});
