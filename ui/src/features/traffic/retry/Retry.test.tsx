import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defaultRoute, defaultService } from "@/api/index.ts";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../../test/axe.ts";
import { json } from "../../../../test/fakeGateway.ts";
import { DETAILS } from "../fixtures.ts";
import { fakeTraffic, grid, openTraffic } from "../testTraffic.tsx";

const traffic = fakeTraffic();
const { gateway } = traffic;

const refused = exchange({
  seq: 70,
  status: 401,
  code: "key_missing",
  source: "gateway",
  decided_by: "authenticate",
  note: "no key",
  key: null,
});
const again = exchange({ seq: 71, origin: "replay", replay_of: refused.id });
const SECRET = "gw_dev_abcdefghijklmnopqrstuvwxyz3f9c";

/** A request that was refused, open in its detail. */
async function openRefused(plan: object = {}) {
  const route = defaultRoute("orders", "shop");
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [{ ...route, authentication: { ...route.authentication, methods: ["api_key"] } }],
  };
  const [any] = Object.values(DETAILS);
  gateway.answers[`GET /exchanges/${refused.id}`] = () => json({ ...any, summary: refused });
  gateway.answers[`GET /exchanges/${refused.id}/replay`] = () =>
    json({ request: {}, left_out: [], incomplete: false, ...plan });
  gateway.answers["POST /keys"] = (body: { name: string; access: object }) =>
    json(
      {
        key: { ...body, id: "k1", hint: "gw_dev_…3f9c", scopes: [], labels: {}, created_at_us: 0 },
        secret: SECRET,
      },
      { status: 201 },
    );
  gateway.answers["POST /keys/k1/revoke"] = () => json({});
  gateway.answers[`POST /exchanges/${refused.id}/replay`] = () =>
    json({
      results: [{ exchange_id: again.id, status: 200, took_us: 900, failed: null }],
      left_out: [],
    });
  gateway.answers[`GET /exchanges/${refused.id}/diff/${again.id}`] = () =>
    json({
      before: refused,
      after: again,
      same_answer: false,
      facts: [{ fact: "status", before: "401", after: "200" }],
      request: { headers: { changes: [], same: 3 }, body: { kind: "same" } },
      response: { headers: { changes: [], same: 2 }, body: { kind: "same" } },
    });
  traffic.rows = [refused];
  await openTraffic(`?sel=${refused.id}`);
}

const sent = (path: string) => gateway.calls.filter((call) => call.path === path);

test("one press issues a key for the route, sends the request with it and shows both", async () => {
  await openRefused();
  await page.getByRole("button", { name: "Issue key & retry" }).click();
  const dialog = page.getByRole("dialog", { name: "GET again, with key orders-dev" });
  await expect.element(dialog.getByRole("button", { name: "Copy", exact: true })).toHaveFocus();
  expect(sent("/keys").find(({ method }) => method === "POST")?.body).toMatchObject({
    name: "orders-dev",
    access: { kind: "selected", grants: [{ route: "orders" }] },
  });
  expect(sent(`/exchanges/${refused.id}/replay`).at(-1)?.body).toMatchObject({
    key: "k1",
    times: 1,
  });
  await expect.element(dialog).not.toHaveTextContent(SECRET);
  await dialog.getByRole("button", { name: "Reveal" }).click();
  await expect.element(dialog).toHaveTextContent(SECRET);
  await expect.element(dialog.getByRole("region", { name: "Result" })).toBeVisible();
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect.element(page.getByRole("main")).not.toHaveTextContent(SECRET);
});

test("it is undone from its message", async () => {
  await openRefused();
  await page.getByRole("button", { name: "Issue key & retry" }).click();
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByRole("button", { name: "Undo: revoke it" }).click();
  await expect.poll(() => sent("/keys/k1/revoke").length).toBe(1);
});

test("what the log does not hold is asked about before anything is made", async () => {
  await openRefused({ incomplete: true, left_out: ["The body was not kept whole."] });
  await page.getByRole("button", { name: "Issue key & retry" }).click();
  const question = page.getByRole("alertdialog");
  await expect.element(question).toHaveTextContent("The body was not kept whole.");
  expect(sent("/keys").filter(({ method }) => method === "POST")).toEqual([]);
  await question.getByRole("button", { name: "Issue key & retry" }).click();
  await expect.element(page.getByRole("dialog", { name: /with key orders-dev/ })).toBeVisible();
});

test("the palette leads with it while such a request is selected", async () => {
  await openRefused();
  await grid().click();
  await userEvent.keyboard("{Control>}k{/Control}");
  await page.getByRole("combobox", { name: "Command" }).fill("retry unauth");
  await expect
    .element(page.getByRole("option", { selected: true }))
    .toHaveTextContent("Issue a key and send the request again");
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("dialog", { name: /with key orders-dev/ })).toBeVisible();
});

test.each(["light", "dark"])("the result is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openRefused();
  await page.getByRole("button", { name: "Issue key & retry" }).click();
  await expect.element(page.getByRole("dialog", { name: /with key orders-dev/ })).toBeVisible();
  await expectAccessible();
});
