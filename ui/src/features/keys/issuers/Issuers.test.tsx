import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { defaultConsumer, defaultIssuer, defaultRoute } from "@/api/index.ts";
import type { IssuerState } from "./queries.ts";

const gateway = fakeGateway();
const TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJlLW9mLWEtdGVzdC10b2tlbg";

const state: IssuerState = {
  name: "login",
  issuer: "https://login.example.com/",
  algorithms: ["RS256"],
  source: "url",
  place: "https://login.example.com/jwks.json",
  ready: true,
  keys: [{ id: "2026-01", kind: "RSA 2048", algorithm: "RS256" }],
  ignored: ["a key for encryption"],
  read_at_us: Date.now() * 1000,
};

beforeEach(() => {
  gateway.config.issuers = [defaultIssuer("login")];
  gateway.config.consumers = [defaultConsumer("acme")];
  gateway.config.local_issuer = { port: 8090 };
});

const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const button = (name: string) => page.getByRole("button", { name });

test("an issuer's keys are told as they were last read, and what is wrong with them", async () => {
  let states = [state];
  gateway.answers["GET /issuers"] = () => json(states);
  await openApp("/keys?show=issuers&sel=login");
  await expect.element(page.getByRole("row").nth(1)).toHaveTextContent("ready");
  const keys = page.getByRole("region", { name: "Its keys now" });
  await expect.element(keys).toHaveTextContent(/ready.*RSA 2048RS2562026-01/);
  await expect.element(keys).toHaveTextContent("A key for encryption.");
  await expectAccessible();
  states = [{ ...state, error: "nothing listens at `login.example.com`" }];
  await expect
    .element(keys.getByRole("alert"), { timeout: 8000 })
    .toHaveTextContent("Nothing listens at login.example.com.");
  await expect.element(keys).toHaveTextContent("old keys");
  states = [{ ...state, ready: false, keys: [], error: "it answered 500" }];
  await expect.element(keys, { timeout: 8000 }).toHaveTextContent("no keys");
});

test("a test token is minted, copied with the line to try it, and gone when the dialog closes", async () => {
  let asked: unknown;
  gateway.config.routes = [
    {
      ...defaultRoute("orders", "shop"),
      authentication: { ...defaultRoute("").authentication, methods: ["jwt"] },
    },
  ];
  gateway.answers["POST /local-issuer/tokens"] = (body) => {
    asked = body;
    return json({ token: TOKEN, expires_at_us: 1_900_000_000_000_000 }, { status: 201 });
  };
  const { client } = await openApp("/keys?show=issuers");
  await button("Mint a token…").click();
  await expect.element(page.getByRole("combobox", { name: "Consumer (sub)" })).toHaveValue("acme");
  await field("Scopes").fill("orders:read");
  await field("More claims").fill("[1]");
  await expect.element(field("More claims")).toHaveAccessibleDescription("Write a JSON object.");
  await field("More claims").fill('{ "tenant": "north" }');
  await expectAccessible();
  await button("Mint token").click();
  await expect.element(page.getByRole("button", { name: "Copy", exact: true })).toHaveFocus();
  expect(asked).toEqual({
    subject: "acme",
    audience: [],
    scopes: ["orders:read"],
    groups: [],
    claims: { tenant: "north" },
    expires_in_s: 3600,
  });
  await expect
    .element(page.getByRole("region", { name: "Try it" }))
    .toHaveTextContent(/curl -i -H 'Authorization: Bearer eyJh…/);
  expect(document.body.textContent).not.toContain(TOKEN);
  await userEvent.keyboard("{Escape}");
  await expect.element(page.getByRole("dialog")).not.toBeInTheDocument();
  const cached = [...client.getQueryCache().getAll(), ...client.getMutationCache().getAll()];
  expect(JSON.stringify(cached.map((entry) => entry.state))).not.toContain(TOKEN);
});

test("what a token cannot say is told under its field", async () => {
  gateway.answers["POST /local-issuer/tokens"] = () =>
    refuse({
      code: "body_invalid",
      status: 422,
      issues: [
        { path: "claims.sub", severity: "error", message: "this claim is made from the others" },
      ],
    });
  await openApp("/keys?show=issuers");
  await button("Mint a token…").click();
  await field("More claims").fill('{ "sub": "x" }');
  await button("Mint token").click();
  await expect
    .element(field("More claims"))
    .toHaveAccessibleDescription("this claim is made from the others");
});
