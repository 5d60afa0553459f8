import { expect, test } from "vitest";
import { defaultRoute } from "@/api/index.ts";
import { keyFilter, nextKeyName } from "./keyNames.ts";
import { tryCommand } from "./tryCommand.ts";

test("a new key gets the first free number", () => {
  expect(nextKeyName([])).toBe("key-1");
  expect(nextKeyName(["key-1", "mobile", "key-3"])).toBe("key-2");
});

test("a filter finds a key whatever its name", () => {
  expect(keyFilter("mobile-dev")).toBe("key:mobile-dev");
  expect(keyFilter('a "b" \\')).toBe('key:"a \\"b\\" \\\\"');
});

test("the line to try calls a route as it wants to be called", () => {
  const url = "http://127.0.0.1:8080";
  expect(tryCommand(url, undefined, "X-API-Key: gw_x")).toBe(
    "curl -i -H 'X-API-Key: gw_x' 'http://127.0.0.1:8080/'",
  );
  const plain = defaultRoute("orders", "shop");
  const route = {
    ...plain,
    match: { ...plain.match, hosts: ["shop.test"], methods: ["POST"], path: "/it's" },
    authentication: { ...plain.authentication, methods: ["api_key" as const] },
  };
  expect(tryCommand(url, route, "X-API-Key: gw_x")).toBe(
    "curl -i -X POST -H 'Host: shop.test' -H 'X-API-Key: gw_x' 'http://127.0.0.1:8080/it'\\''s'",
  );
});
