import { expect, test } from "vitest";
import { type Decision, factLines } from "./stages.ts";

const said = (facts: Decision["facts"]) =>
  factLines({ stage: "authenticate", verdict: "passed", facts, at_us: 0, took_us: 1 });

test("who called is told with the way it was shown, and what comes with it", () => {
  expect(
    said({
      kind: "caller_known",
      methods: ["jwt"],
      consumer: "acme",
      issuer: "keycloak",
      scopes: ["orders:read", "orders:write"],
      groups: [],
    }),
  ).toEqual([
    "Consumer `acme`, by token of issuer `keycloak`.",
    "Scopes: `orders:read`, `orders:write`.",
  ]);
});

test("refusals of callers say why, and which rule decided", () => {
  expect(
    said({
      kind: "caller_refused",
      code: "token_invalid",
      method: "jwt",
      reason: "the token has expired",
      consumer: "acme",
    }),
  ).toEqual(["The token has expired.", "Consumer `acme`."]);
  expect(
    said({
      kind: "not_authorised",
      code: "insufficient_scope",
      rule: "authorization[0].scopes_all",
      reason: "the caller has no scope `orders:write`",
    }),
  ).toEqual(["The caller has no scope `orders:write`.", "Decided by authorization[0].scopes_all."]);
  expect(said({ kind: "refused_elsewhere", url: "http://127.0.0.1:9001/", status: 403 })).toEqual([
    "`http://127.0.0.1:9001/` was asked about the caller and answered 403.",
  ]);
});

test("a browser's question is told with its answer", () => {
  expect(said({ kind: "preflight", origin: "http://a.test", allowed: true })).toEqual([
    "Pages of `http://a.test` may call.",
  ]);
  expect(
    said({
      kind: "preflight",
      origin: "http://a.test",
      allowed: false,
      reason: "this origin is not listed.",
    }),
  ).toEqual(["Pages of `http://a.test` may not call: this origin is not listed."]);
});
