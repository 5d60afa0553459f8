import { expect, test } from "vitest";
import { type Config, defaultRoute, defaultService } from "@/api/index.ts";
import { settingAt } from "./settings.ts";

const CONFIG = {
  routes: [defaultRoute("orders"), defaultRoute("weekly")],
  services: [defaultService("shop")],
  consumers: [{ name: "alice" }],
  plans: [{ name: "gold" }],
  issuers: [{ name: "login" }],
} as unknown as Config;

test.each([
  ["routes[1].quotas[0]", "route `weekly`", "quotas[0]", "/routes", { sel: "weekly" }],
  ["services[0].retries", "service `shop`", "retries", "/routes", { sel: "service:shop" }],
  [
    "consumers[0].labels",
    "consumer `alice`",
    "labels",
    "/keys",
    { show: "consumers", sel: "alice" },
  ],
  ["plans[0].quotas[1]", "plan `gold`", "quotas[1]", "/keys", { show: "plans", sel: "gold" }],
  ["issuers[0]", "issuer `login`", "", "/keys", { show: "issuers", sel: "login" }],
  ["local_issuer", "this gateway's own tokens", "", "/keys", { show: "issuers" }],
  ["limits.headers", "settings", "limits.headers", "/settings", undefined],
  ["recording", "settings", "recording", "/settings", undefined],
])("%s leads to where it is changed", (path, name, rest, to, search) => {
  expect(settingAt(path, CONFIG)).toEqual({ name, rest, to: { to, ...(search && { search }) } });
});

test.each(["routes[7].cors", "echo", "", "something[0]"])("`%s` leads nowhere", (path) => {
  expect(settingAt(path, CONFIG)).toBeNull();
});
