import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const purges = () =>
  gateway.calls.filter(({ path }) => path.endsWith("/cache/purge")).map(({ body }) => body);

test("answers are thrown away by address, by tag, or all of them", async () => {
  const counts = { ...gateway.cache.counts, hits: 3, misses: 1 };
  gateway.cache = { ...gateway.cache, answers: 7, bytes: 1_000_000, counts };
  gateway.answers["POST /cache/purge"] = () => json({ answers: 0, bytes: 0 });
  await openApp("/settings");
  await expect.element(page.getByText("7 answers kept. 75 % of 4 requests")).toBeVisible();
  await expectAccessible();
  const form = page.getByRole("form", { name: "Throw answers away" });
  const go = form.getByRole("button", { name: "Throw away" });
  await form.getByRole("textbox", { name: "URL or path" }).fill("/orders/7");
  await go.click();
  await form.getByRole("radio", { name: "A tag" }).click();
  await form.getByRole("textbox", { name: "Tag" }).fill("seven");
  await go.click();
  await form.getByRole("radio", { name: "Everything" }).click();
  await go.click();
  await expect
    .poll(purges)
    .toEqual([{ kind: "url", url: "/orders/7" }, { kind: "tag", tag: "seven" }, { kind: "all" }]);
  await expect.element(page.getByText("Nothing was kept there").first()).toBeVisible();
});
