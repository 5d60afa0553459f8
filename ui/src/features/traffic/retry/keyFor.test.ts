import { expect, test } from "vitest";
import { type Config, defaultRoute } from "@/api/index.ts";
import { exchange } from "@/live/fixtures.ts";
import { keyFor, wantsKey } from "./keyFor.ts";

type Rule = Config["routes"][number]["authorization"][number];

const refused = exchange({
  status: 401,
  code: "key_missing",
  decided_by: "authenticate",
  route: "orders",
  key: null,
});

const rule = (change: Partial<Rule>): Rule => ({
  methods: [],
  versions: [],
  scopes_any: [],
  scopes_all: [],
  groups: [],
  consumers: [],
  allow_ips: [],
  deny_ips: [],
  ...change,
});

function configWith(authorization: Rule[], consumers: object[] = []): Config {
  const route = defaultRoute("orders", "shop");
  const authentication = { ...route.authentication, methods: ["api_key" as const] };
  return { consumers, routes: [{ ...route, authentication, authorization }] } as unknown as Config;
}

const acme = { name: "acme", groups: ["partners"], scopes: ["read"], plan: null };

test("only a request that another key would let through wants one", () => {
  expect(wantsKey(refused)).toBe(true);
  expect(wantsKey({ ...refused, code: "key_expired" })).toBe(true);
  expect(wantsKey({ ...refused, code: "token_invalid" })).toBe(false);
  expect(wantsKey({ ...refused, decided_by: "fault", code: "key_invalid" })).toBe(false);
  expect(wantsKey({ ...refused, code: null })).toBe(false);
});

test("the key is for the request's route alone and has a name that is free", () => {
  expect(keyFor(refused, configWith([]), null, ["orders-dev"])).toEqual({
    key: {
      name: "orders-dev-2",
      consumer: "orders-dev-2",
      scopes: [],
      plan: null,
      labels: {},
      access: { kind: "selected", grants: [{ route: "orders", versions: [], methods: [] }] },
    },
  });
});

test("it has the scopes that the rules ask for and its consumer has not", () => {
  const rules = [
    rule({ consumers: ["acme"], scopes_all: ["read", "orders"] }),
    rule({ scopes_any: ["audit", "admin"] }),
    rule({ methods: ["DELETE"], scopes_all: ["delete"] }),
  ];
  expect(keyFor(refused, configWith(rules, [acme]), null, [])).toMatchObject({
    key: { name: "acme-dev", consumer: "acme", scopes: ["orders", "audit"] },
  });
});

test("it is of a consumer whose group may call", () => {
  const config = configWith(
    [rule({ groups: ["partners"] })],
    [{ ...acme, name: "x", groups: [] }, acme],
  );
  expect(keyFor(refused, config, null, [])).toMatchObject({ key: { consumer: "acme" } });
});

test("it is like the one before it, where that is known", () => {
  const before = { name: "mobile", consumer: "acme", scopes: ["pay"], plan: "free" };
  expect(keyFor(refused, configWith([]), before as never, ["mobile", "mobile-2"])).toMatchObject({
    key: { name: "mobile-3", consumer: "acme", scopes: ["pay"], plan: "free" },
  });
});

test("no key is made where none would do, and it is said why", () => {
  const closed = configWith([rule({ groups: ["staff"] })], [acme]);
  expect(keyFor(refused, closed, null, [])).toEqual({
    problem: "The rules of route `orders` let no consumer call that is set up.",
  });
  expect(keyFor({ ...refused, route: "gone" }, closed, null, [])).toEqual({
    problem: "There is no route `gone` any more.",
  });
});
