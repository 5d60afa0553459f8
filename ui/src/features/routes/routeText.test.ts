import { expect, test } from "vitest";
import {
  defaultAuthentication,
  defaultRateLimit,
  defaultRoute,
  defaultService,
  type Route,
} from "@/api/index.ts";
import { forwardingExample } from "./sending/sendText.ts";
import { routeText } from "./routeText.ts";

const shop = defaultService("shop");

const orders: Route = {
  ...defaultRoute("orders", "shop"),
  match: { ...defaultRoute("").match, methods: ["GET", "POST"], path: "/v1/orders" },
  authentication: { ...defaultAuthentication(), methods: ["api_key"] },
  rate_limits: [defaultRateLimit(60, "minute", "key")],
};

test("a route reads as a sentence", () => {
  expect(routeText(orders, shop)).toBe(
    "GET, POST `/v1/orders` → shop `http://127.0.0.1:3000`, key required, 60/min per key",
  );
  const open: Route = {
    ...orders,
    match: { ...orders.match, hosts: ["shop.test"], methods: [], path: "/v1" },
    strip_prefix: true,
    authentication: defaultAuthentication(),
    rate_limits: [],
  };
  expect(routeText(open, undefined)).toBe(
    "Any method `/v1` on `shop.test` → shop, without `/v1`, no key needed, no limit",
  );
});

test("that a mock stands in for the service is said, and not where it is switched off", () => {
  const match = defaultRoute("").match;
  const rule = { match, status: 200, headers: [], body: "{}", delay_ms: 0 };
  const mocked = (enabled: boolean) =>
    routeText({ ...orders, mock: { enabled, rules: [rule] } }, shop);
  expect(mocked(true)).toContain("`http://127.0.0.1:3000`, a mock answers first, key required");
  expect(mocked(false)).not.toContain("mock");
});

test("the example shows the path with and without its prefix", () => {
  const seen = (route: Partial<Route>, target = "http://127.0.0.1:3000") =>
    forwardingExample({ ...orders, ...route }, target)?.seen;
  expect(seen({})).toBe("http://127.0.0.1:3000/v1/orders/example");
  expect(seen({ strip_prefix: true })).toBe("http://127.0.0.1:3000/example");
  expect(seen({ strip_prefix: true }, "http://127.0.0.1:3000/api/")).toBe(
    "http://127.0.0.1:3000/api/example",
  );
  const everything = defaultRoute("").match;
  expect(seen({ strip_prefix: true, match: everything })).toBe("http://127.0.0.1:3000/example");
});
