import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { json, refuse } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import { fakeTraffic, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();

test("an export says what is in the file and what is not", async () => {
  traffic.rows = [DETAILS[200].summary];
  traffic.gateway.answers["POST /exchanges/export"] = () =>
    json({
      name: "gatewright-traffic.har",
      media_type: "application/json",
      text: "{}",
      requests: 1,
      more: true,
      removed: [{ what: "header `authorization`", count: 2 }],
    });
  await openTraffic(`?q=status:200`);
  await page.getByRole("button", { name: "Export…" }).click();
  const dialog = page.getByRole("dialog", { name: "Export requests" });
  await dialog.getByText("cURL", { exact: true }).click();
  await dialog.getByRole("switch", { name: "With bodies" }).click();
  await dialog.getByRole("button", { name: "Make the file" }).click();
  await expect.element(dialog.getByText("gatewright-traffic.har: 1 request, 2 B")).toBeVisible();
  await expect.element(dialog.getByText("header authorization (2)")).toBeVisible();
  await expect.element(dialog.getByText(/More match than fit/)).toBeVisible();
  const sent = traffic.gateway.calls.find(({ path }) => path.endsWith("/export"));
  expect(sent?.body).toEqual({ form: "curl", bodies: false, q: "status:200" });
  await expectAccessible();
});

test("the open request can be taken alone", async () => {
  traffic.rows = [DETAILS[200].summary];
  traffic.gateway.answers["POST /exchanges/export"] = () =>
    refuse({ code: "not_found", status: 404, detail: "There is no request that matches." });
  await openTraffic(`?sel=${DETAILS[200].summary.id}`);
  await page.getByRole("button", { name: "Export…" }).click();
  const dialog = page.getByRole("dialog", { name: "Export requests" });
  await dialog.getByRole("button", { name: "Make the file" }).click();
  await expect.element(dialog.getByText("There is no request that matches.")).toBeVisible();
  const sent = traffic.gateway.calls.find(({ path }) => path.endsWith("/export"));
  expect(sent?.body).toEqual({ form: "har", bodies: true, ids: [DETAILS[200].summary.id] });
});

test("a HAR file comes into the log, with what was left out of it", async () => {
  const { id } = DETAILS[200].summary;
  traffic.rows = [DETAILS[200].summary];
  traffic.gateway.answers["POST /exchanges/import"] = () =>
    json({
      ids: [id],
      skipped: ["Request 2: its URL is one of `data:`, not of HTTP."],
      creator: "X",
    });
  const { router } = await openTraffic();
  await page.getByRole("button", { name: "Import…" }).click();
  const dialog = page.getByRole("dialog", { name: "Import a HAR file" });
  await expectAccessible();
  const file = new File(['{"log":{}}'], "a.har", { type: "application/json" });
  await userEvent.upload(dialog.getByLabelText("File"), file);
  await expect
    .element(dialog.getByText("1 request taken into the log, written by X."))
    .toBeVisible();
  await expect.element(dialog.getByText(/one of `data:`/)).toBeVisible();
  const sent = traffic.gateway.calls.find(({ path }) => path.endsWith("/import"));
  expect(sent?.body).toEqual({ har: '{"log":{}}' });
  await dialog.getByRole("button", { name: "Show them" }).click();
  await vi.waitFor(() => expect(router.state.location.search).toMatchObject({ sel: id }));
});

test("a file that is none is refused with the reason", async () => {
  traffic.rows = [DETAILS[200].summary];
  traffic.gateway.answers["POST /exchanges/import"] = () =>
    refuse({ code: "body_invalid", status: 422, detail: "This is no HTTP Archive: x." });
  await openTraffic();
  await page.getByRole("button", { name: "Import…" }).click();
  const dialog = page.getByRole("dialog", { name: "Import a HAR file" });
  await userEvent.upload(dialog.getByLabelText("File"), new File(["x"], "a.har"));
  await expect.element(dialog.getByText("This is no HTTP Archive: x.")).toBeVisible();
});
