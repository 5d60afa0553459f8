import { expect, test } from "vitest";
import { page } from "vitest/browser";
import type { components } from "@/api/index.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import type { Detail } from "./queries.ts";
import { fakeTraffic, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const { gateway } = traffic;
const button = () => page.getByRole("button", { name: "Allow next one" });

/** A request that a limit of its route stopped. */
function stopped(): Detail {
  const detail = structuredClone(DETAILS[429]) as Detail;
  for (const { facts } of detail.trace) {
    if (facts.kind !== "limits") continue;
    for (const limit of facts.limits) limit.owner = { kind: "route", route: "orders" };
  }
  return detail;
}

async function openStopped() {
  const detail = stopped();
  traffic.rows = [detail.summary];
  traffic.details.set(detail.summary.id, detail);
  gateway.answers["POST /faults"] = (body: components["schemas"]["NewFault"]) => {
    const fault = { ...body, id: "f1", began_at_us: 0, ends_at_us: 3e14, seen: 0, struck: 0 };
    gateway.faults = [fault as components["schemas"]["Fault"]];
    return json(fault, { status: 201 });
  };
  gateway.answers["DELETE /faults/f1"] = () => {
    gateway.faults = [];
    return new Response(null, { status: 204 });
  };
  await openTraffic(`?sel=${detail.summary.id}`);
  return detail;
}

test("the next request of that key on that route is let past the limit, once, and it can be undone", async () => {
  const { summary } = await openStopped();
  await button().click();
  const sent = gateway.calls.find(({ path }) => path === "/faults")?.body;
  expect(sent).toMatchObject({
    effect: {
      kind: "let_through",
      past: [{ name: "60/min per key", owner: { kind: "route", route: "orders" } }],
    },
    route: "orders",
    key: summary.key?.id,
    times: 1,
    for_seconds: 300,
  });
  await expect
    .element(page.getByText("The next request of orders with key acme-ci may pass 60/min per key"))
    .toBeVisible();
  // It is seen at the top of the window, too.
  await expect
    .element(page.getByText(/The next request of orders with one key: let through past/))
    .toBeVisible();
  await expect
    .element(button())
    .toHaveAccessibleDescription("The next one is let through already.");
  await expectAccessible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => gateway.faults).toEqual([]);
  await expect.element(button()).not.toHaveAttribute("aria-disabled");
});

test("a request that was let through says so at its limit", async () => {
  const detail = stopped();
  for (const decision of detail.trace) {
    if (decision.facts.kind !== "limits") continue;
    decision.verdict = "passed";
    for (const limit of decision.facts.limits) limit.let_through = true;
  }
  traffic.rows = [detail.summary];
  traffic.details.set(detail.summary.id, detail);
  await openTraffic(`?sel=${detail.summary.id}`);
  await expect
    .element(page.getByRole("list", { name: "Stages" }))
    .toHaveTextContent("A person let this request through, once.");
  await expect.element(button()).not.toBeInTheDocument();
});
