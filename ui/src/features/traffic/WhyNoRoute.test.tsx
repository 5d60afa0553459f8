import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { json } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import { fakeTraffic, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();

test("a request that no route took leads to the route tester, with itself in it", async () => {
  const { summary } = DETAILS[404];
  traffic.rows = [summary];
  traffic.gateway.answers["POST /route-test"] = () =>
    json({ matched: null, refused: null, host: null, path: null, candidates: [] });
  await openTraffic(`?sel=${summary.id}`);
  await page.getByRole("button", { name: "Why no route?" }).click();
  await expect
    .element(page.getByRole("textbox", { name: "Path or URL" }))
    .toHaveValue(`http://${summary.host}${summary.path}`);
  await expect.poll(() => traffic.gateway.calls.map(({ path }) => path)).toContain("/route-test");
});

test("one that a service answered does not", async () => {
  const { summary } = DETAILS[200];
  traffic.rows = [summary];
  await openTraffic(`?sel=${summary.id}`);
  await expect.element(page.getByTestId("sentence")).toBeVisible();
  await expect.element(page.getByRole("button", { name: "Why no route?" })).not.toBeInTheDocument();
});
