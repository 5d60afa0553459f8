import { afterEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { toasts } from "@/ui/toasts.ts";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import {
  defaultConsumer,
  defaultIssuer,
  defaultPlan,
  defaultQuota,
  defaultRateLimit,
} from "@/api/index.ts";
import type { KeyWithUsage } from "../queries.ts";

const gateway = fakeGateway();

// What an earlier test was told lies over the buttons of the next.
afterEach(() => toasts.set(() => []));

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const button = (name: string | RegExp) => page.getByRole("button", { name });

function apiKey(name: string, consumer: string): KeyWithUsage {
  const key: KeyWithUsage["key"] = {
    id: `id-${name}`,
    name,
    consumer,
    hint: "gw_…1",
    created_at_us: 0,
    labels: {},
    scopes: [],
    access: { kind: "all" },
  };
  return { key, state: "good", missing_routes: [] };
}

async function choose(label: string, option: string | RegExp) {
  await page.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
}

test("a consumer is set up with groups, scopes, a plan and labels", async () => {
  gateway.config.plans = [{ ...defaultPlan("gold"), quotas: [defaultQuota(9, "day", "key")] }];
  const { router } = await openApp("/keys");
  await page.getByRole("tab", { name: "Consumers" }).click();
  await expect.element(page.getByText("No consumers yet")).toBeVisible();
  await userEvent.keyboard("c");
  await field("Name").fill("acme");
  await field("Groups").fill("partners, beta");
  await field("Scopes").fill("orders:read");
  await choose("Plan", /^gold/);
  await field("Labels").fill("team: billing\ncity: Berlin: Mitte");
  await button("Create consumer").click();
  await expect
    .poll(() => gateway.config.consumers)
    .toEqual([
      {
        ...defaultConsumer("acme"),
        groups: ["partners", "beta"],
        scopes: ["orders:read"],
        plan: "gold",
        labels: { team: "billing", city: "Berlin: Mitte" },
      },
    ]);
  await expect.poll(() => router.state.location.search).toEqual({ show: "consumers", sel: "acme" });
  await expect.element(page.getByRole("heading", { name: "acme" })).toBeVisible();
});

test("what is wrong is said under its field, and what was typed stays", async () => {
  gateway.config.consumers = [defaultConsumer("acme")];
  gateway.check = ({ consumers }) =>
    consumers[0]?.groups.includes("a!")
      ? [{ path: "consumers[0].groups[0]", severity: "error", message: "`a!` is no name" }]
      : [];
  await openApp("/keys?show=consumers&sel=acme");
  await field("Groups").fill("a!");
  await button("Save").click();
  await expect.element(field("Groups")).toHaveAccessibleDescription(/a! is no name/);
  await expect.element(field("Groups")).toHaveValue("a!");
  expect(gateway.config.consumers[0]?.groups).toEqual([]);
  await button("Discard changes").click();
  await expect.element(field("Groups")).toHaveValue("");
});

test("a consumer shows its keys, and leads to one more for it", async () => {
  gateway.config.consumers = [defaultConsumer("acme")];
  gateway.keys = [apiKey("acme-ci", "acme"), apiKey("other", "other")];
  await openApp("/keys?show=consumers&sel=acme");
  const keys = page.getByRole("region", { name: "Its keys" });
  await expect.element(keys.getByRole("link", { name: "acme-ci" })).toBeVisible();
  await expect.element(keys.getByRole("link", { name: "other" })).not.toBeInTheDocument();
  await keys.getByRole("link", { name: "Issue key…" }).click();
  await expect.element(page.getByRole("combobox", { name: "Consumer" })).toHaveValue("acme");
});

test("a key's consumer that is not set up can be, under its name", async () => {
  gateway.keys = [apiKey("ci", "acme")];
  await openApp("/keys?sel=id-ci");
  await page.getByRole("link", { name: "acme" }).click();
  await expect.element(field("Name")).toHaveValue("acme");
  await button("Create consumer").click();
  await expect.poll(() => gateway.config.consumers).toEqual([defaultConsumer("acme")]);
});

test("a line that is no label says how one is written", async () => {
  gateway.config.consumers = [defaultConsumer("acme")];
  await openApp("/keys?show=consumers&sel=acme");
  await field("Labels").fill("billing");
  await expect
    .element(field("Labels"))
    .toHaveAccessibleDescription(/Write billing as a name, a colon and a value/);
});

test("a plan has limits and quotas, and says who has it", async () => {
  gateway.config.plans = [defaultPlan("gold")];
  gateway.config.consumers = [{ ...defaultConsumer("acme"), plan: "gold" }];
  await openApp("/keys?show=plans&sel=gold");
  await expect.element(page.getByRole("link", { name: "acme" })).toBeVisible();
  await button("60/min per key").click();
  await button("1000 a day per key").click();
  await button("Save").click();
  await expect
    .poll(() => gateway.config.plans)
    .toEqual([
      {
        ...defaultPlan("gold"),
        rate_limits: [defaultRateLimit(60, "minute", "key")],
        quotas: [defaultQuota(1000, "day", "key")],
      },
    ]);
  await expect
    .element(page.getByRole("row").nth(1))
    .toHaveTextContent("gold60/min per key, 1000 a day per key1");
});

test("a plan that is in use stays, and the refusal says why", async () => {
  gateway.config.plans = [defaultPlan("gold")];
  gateway.check = ({ plans }) =>
    plans.length === 0
      ? [{ path: "consumers[0].plan", severity: "error", message: "there is no plan `gold`" }]
      : [];
  await openApp("/keys?show=plans&sel=gold");
  await button("Delete plan gold").click();
  await expect.element(page.getByText(/consumers\[0\]\.plan: there is no plan gold/)).toBeVisible();
  expect(gateway.config.plans).toHaveLength(1);
});

test("an issuer has public keys or a shared secret, never both", async () => {
  await openApp("/keys?show=issuers&sel=:new");
  await field("Name").fill("login");
  await field("Issuer (iss)").fill("https://login.example.com/");
  await page.getByRole("radio", { name: "A shared secret" }).click();
  await field("Environment variable").fill("LOGIN_SECRET");
  await page.getByRole("checkbox", { name: "HS512" }).click();
  await field("Claim that holds groups").fill("groups");
  await button("Create issuer").click();
  await expect
    .poll(() => gateway.config.issuers)
    .toEqual([
      {
        ...defaultIssuer("login"),
        issuer: "https://login.example.com/",
        jwks: null,
        secret: { env: "LOGIN_SECRET", file: null },
        algorithms: ["HS256", "HS512"],
        groups_claim: "groups",
      },
    ]);
});

test("the local issuer is switched on at a port, and a port that is taken says so", async () => {
  gateway.check = ({ local_issuer }) =>
    local_issuer?.port === 8090
      ? [{ path: "local_issuer.port", severity: "error", message: "something listens there" }]
      : [];
  await openApp("/keys?show=issuers");
  const local = page.getByRole("switch", { name: "Local issuer" });
  await local.click();
  await button("Switch on").click();
  await expect.element(field("Port")).toHaveAccessibleDescription(/something listens there/);
  await field("Port").fill("8091");
  await button("Switch on").click();
  await expect.poll(() => gateway.config.local_issuer).toEqual({ port: 8091 });
  await expect.element(page.getByText("http://127.0.0.1:8091")).toBeVisible();
  await local.click();
  await expect.poll(() => gateway.config.local_issuer).toBeNull();
});

test.each(["consumers", "plans", "issuers"])("%s are accessible in both themes", async (show) => {
  gateway.config.consumers = [{ ...defaultConsumer("acme"), groups: ["a"], plan: "gold" }];
  gateway.config.plans = [{ ...defaultPlan("gold"), quotas: [defaultQuota(9, "day", "key")] }];
  gateway.config.issuers = [defaultIssuer("login")];
  const sel = { consumers: "acme", plans: "gold", issuers: "login" }[show] ?? "";
  await openApp(`/keys?show=${show}&sel=${sel}`);
  await expect.element(page.getByRole("heading", { name: sel })).toBeVisible();
  await expectAccessible();
  document.documentElement.dataset.theme = "dark";
  await expectAccessible();
});
