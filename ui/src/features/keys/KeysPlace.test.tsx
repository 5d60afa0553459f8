import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { type components, defaultConsumer, defaultRoute } from "@/api/index.ts";
import { exchange } from "@/live/fixtures.ts";
import { group, QUOTA, usage as counts } from "../dashboards/fixtures.ts";
import type { ApiKey, KeyWithUsage } from "./queries.ts";

type Schemas = components["schemas"];

const SECRET = "gw_dev_3sq4tbvXnfIv3MMs1tgECiOO5vN5oN3EynKp";

function key(name: string, change: Partial<ApiKey> = {}): ApiKey {
  return {
    id: `id-${name}`,
    name,
    consumer: "acme",
    hint: "gw_dev_…ynKp",
    created_at_us: Date.now() * 1000,
    labels: {},
    scopes: [],
    access: { kind: "all" },
    ...change,
  };
}

function used(name: string, usage: Partial<NonNullable<KeyWithUsage["usage"]>> = {}): KeyWithUsage {
  const none = { requests: 0, limited: 0, refused: 0, errors: 0, hourly: Array(24).fill(0) };
  return { key: key(name), state: "good", missing_routes: [], usage: { ...none, ...usage } };
}

const gateway = fakeGateway();

const limitFact: Schemas["LimitFact"] = {
  name: "60/min per key",
  by: "key",
  partition: "key 0191",
  requests: 60,
  per: "minute",
  burst: 60,
  remaining_before: 0,
  remaining_after: 0,
  admitted: false,
  retry_after_ms: 23_200,
  full_after_ms: 59_000,
};
const quotaFact: Schemas["QuotaFact"] = {
  name: "1000 a day per key",
  by: "key",
  partition: "key 0191",
  mode: "enforce",
  requests: 1000,
  per: "day",
  used_before: 806,
  used_after: 806,
  admitted: true,
  resets_at_us: 1_900_000_000_000_000,
  time_zone: "UTC",
  retry_after_ms: 0,
};

/** Issues as the gateway does: the secret is in this answer only. */
function issueKeys() {
  gateway.answers["POST /keys"] = (body: { name: string }) => {
    const made = key(body.name);
    gateway.keys = [{ ...used(body.name), key: made }, ...gateway.keys];
    return json({ key: made, secret: SECRET }, { status: 201 });
  };
}

test.each(["light", "dark"])("the table is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  gateway.keys = [
    used("acme-ci", { requests: 8, limited: 3, hourly: [...Array<number>(23).fill(0), 8] }),
    { ...used("old"), state: "revoked", key: key("old", { revoked_at_us: Date.now() * 1000 }) },
    { ...used("unknown"), usage: null },
  ];
  await openApp("/keys");
  await expect.element(page.getByText("acme-ci")).toBeVisible();
  await expectAccessible();
});

test("a key shows its use, and a revoked one is marked and cannot be revoked again", async () => {
  gateway.keys = [
    used("acme-ci", { requests: 1234, limited: 3, refused: 2 }),
    { ...used("old"), state: "revoked", key: key("old", { revoked_at_us: Date.now() * 1000 }) },
  ];
  await openApp("/keys");
  const rows = page.getByRole("row");
  await expect.element(rows.nth(1)).toHaveTextContent(/acme-ci.*1,234.*3.*2.*never.*good/);
  await expect.element(rows.nth(2)).toHaveTextContent(/old.*revoked/);
  await expect.element(page.getByRole("button", { name: "Revoke acme-ci" })).toBeVisible();
  await expect.element(page.getByRole("button", { name: "Revoke old" })).not.toBeInTheDocument();
});

test("one press on a key's p95 shows the requests that took so long", async () => {
  gateway.keys = [used("acme ci", { requests: 8 }), used("idle")];
  let asked = "";
  gateway.answers["GET /usage"] = (_: never, url: URL) => {
    asked = url.searchParams.toString();
    const of = group({ name: "id-acme ci", label: "acme ci", points: [[8, 0, 0, 0]] });
    return json(counts([of], 86_400));
  };
  const { router } = await openApp("/keys");
  const rows = page.getByRole("row");
  await expect.element(rows.nth(1)).toHaveTextContent(/acme ci.*52 ms/);
  expect(asked).toBe("by=key&last_s=86400&points=1&top=1000");
  await expect.element(rows.nth(2).getByRole("link")).not.toBeInTheDocument();
  await page.getByRole("link", { name: "Slow requests of acme ci: 52 ms or longer" }).click();
  await expect
    .poll(() => router.state.location.search)
    .toMatchObject({ q: 'key:="acme ci" duration:>=52ms since:-24h' });
});

test("a key is issued with the keyboard, copied, and its secret is gone when the dialog closes", async () => {
  issueKeys();
  const { client } = await openApp("/keys");
  await expect.element(page.getByText("No keys yet")).toBeVisible();
  await userEvent.keyboard("c");
  const name = page.getByRole("textbox", { name: "Name" });
  await expect.element(name).toHaveFocus();
  await expect.element(name).toHaveValue("key-1");
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByRole("button", { name: "Copy", exact: true })).toHaveFocus();
  await expect.element(page.getByText(/it will not be shown again/)).toBeVisible();
  await expectAccessible();

  await page.getByRole("button", { name: "Reveal" }).click();
  await expect.element(page.getByText(SECRET)).toBeVisible();
  await page.getByRole("button", { name: "Done" }).click();
  await expect.element(page.getByRole("dialog")).not.toBeInTheDocument();
  await expect.element(page.getByRole("row").nth(1)).toHaveTextContent("key-1");
  expect(document.documentElement.outerHTML).not.toContain(SECRET);
  const cached = [
    ...client
      .getQueryCache()
      .getAll()
      .map((query) => query.state),
    ...client
      .getMutationCache()
      .getAll()
      .map((mutation) => mutation.state),
  ];
  expect(JSON.stringify(cached)).not.toContain(SECRET);
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain(SECRET);
  expect(location.href).not.toContain(SECRET);
});

test("before it is revealed, the secret is nowhere on the page, not in the line to try either", async () => {
  issueKeys();
  await openApp("/keys?sel=:new");
  await page.getByRole("button", { name: "Issue key" }).last().click();
  await expect.element(page.getByText("Try it")).toBeVisible();
  expect(document.body.textContent).not.toContain(SECRET);
  await expect.element(page.getByRole("region", { name: "Try it" })).toHaveTextContent("curl -i");
});

test("a name that is refused says so under the field, and stays to be mended", async () => {
  gateway.answers["POST /keys"] = () =>
    refuse({
      code: "key_refused",
      status: 422,
      issues: [{ path: "name", severity: "error", message: "another key is named like this" }],
    });
  await openApp("/keys?sel=:new");
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("twice");
  await userEvent.keyboard("{Enter}");
  await expect.element(name).toHaveAccessibleDescription(/another key is named like this/);
  await expect.element(name).toHaveValue("twice");
});

test("revoking asks with the key's name, and Cancel has the focus", async () => {
  gateway.keys = [used("acme-ci")];
  gateway.answers["POST /keys/id-acme-ci/revoke"] = () => {
    const revoked = key("acme-ci", { revoked_at_us: Date.now() * 1000 });
    gateway.keys = [{ ...used("acme-ci"), key: revoked }];
    return json(revoked);
  };
  await openApp("/keys");
  await page.getByRole("button", { name: "Revoke acme-ci" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Revoke the key acme-ci?" });
  await expect.element(dialog.getByRole("button", { name: "Cancel" })).toHaveFocus();
  await dialog.getByRole("button", { name: "Revoke key" }).click();
  await expect.element(page.getByRole("row").nth(1)).toHaveTextContent(/revoked/);
});

test("a key's page tells whose it is, how its limits stand, and leads to its requests", async () => {
  gateway.config.consumers = [{ ...defaultConsumer("acme"), groups: ["partners"] }];
  gateway.config.routes = [defaultRoute("orders", "shop")];
  gateway.keys = [used("acme ci", { requests: 1234, limited: 3, refused: 2, errors: 1 })];
  gateway.limits = { plan: "gold", limits: [limitFact], quotas: [quotaFact], concurrency: [] };
  gateway.answers["GET /exchanges"] = () => json({ rows: [exchange({ path: "/orders/7" })] });
  const counted: (string | null)[] = [];
  gateway.answers["GET /usage"] = (_: never, url: URL) => {
    // The list asks about all of them at once.
    if (url.searchParams.get("by") !== "key") counted.push(url.searchParams.get("key"));
    return json(counts([], 3600));
  };
  gateway.answers["GET /usage/quotas"] = () => json([QUOTA]);
  let asked = "";
  gateway.answers["GET /limits/state"] = (_, url) => {
    asked = url.searchParams.toString();
    return json(gateway.limits);
  };
  const { router } = await openApp("/keys");
  await page.getByRole("row").nth(1).click();
  const shown = page.getByRole("region", { name: "Key acme ci" });
  await expect.element(shown).toHaveTextContent(/Groupspartners/);
  await expect.element(shown).toHaveTextContent(/Requests1,234Limited, 4293Refused, 4012/);
  await expect
    .element(shown.getByRole("meter", { name: "60/min per key" }))
    .toHaveAttribute("aria-valuetext", "60 of 60 used");
  await expect.element(shown).toHaveTextContent("Room for one more in 23.2 s");
  await expect
    .element(shown.getByRole("meter", { name: "1000 a day per key" }))
    .toHaveAttribute("aria-valuetext", "806 of 1,000 used");
  await expect.element(shown.getByRole("link", { name: "/orders/7" })).toBeVisible();
  for (const chart of ["Requests and 429", "Errors", "Latency", "Quota burn-down"]) {
    // oxlint-disable-next-line no-await-in-loop
    await expect
      .element(shown.getByRole("slider", { name: `${chart}, point in time` }))
      .toBeVisible();
  }
  expect(new Set(counted)).toEqual(new Set(["id-acme ci"]));
  await expectAccessible();

  await shown.getByRole("combobox", { name: "Route" }).click();
  await page.getByRole("option", { name: "On orders" }).click();
  await expect.poll(() => asked).toBe("key=id-acme+ci&route=orders");
  await shown.getByRole("link", { name: "All in Traffic" }).click();
  await expect
    .poll(() => router.state.location)
    .toMatchObject({ pathname: "/traffic", search: { q: 'key:"acme ci"' } });
});

test("keys are found by name, consumer or their last characters, and by whether they are good", async () => {
  gateway.keys = [
    used("acme-ci"),
    {
      ...used("old"),
      state: "revoked",
      key: key("old", { revoked_at_us: Date.now() * 1000, consumer: "mobile" }),
    },
  ];
  await openApp("/keys");
  const filter = page.getByRole("searchbox", { name: "Filter keys" });
  await filter.fill("MOB");
  await expect.element(page.getByText("acme-ci")).not.toBeInTheDocument();
  await expect.element(page.getByRole("row").nth(1)).toHaveTextContent("old");
  await page.getByRole("combobox", { name: "Which keys" }).click();
  await page.getByRole("option", { name: "Good" }).click();
  await page.getByRole("button", { name: "Show all keys" }).click();
  await expect.element(page.getByText("acme-ci")).toBeVisible();
  await expect.element(filter).toHaveValue("");
});

test("whatever a key is called is shown as text", async () => {
  const name = "<img src=x onerror=alert(1)>";
  gateway.keys = [used(name)];
  await openApp("/keys");
  await expect.element(page.getByText(name, { exact: true })).toBeVisible();
  expect(document.querySelector("main img")).toBeNull();
});
