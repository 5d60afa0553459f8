import { expect, test } from "vitest";
import {
  type Config,
  defaultRoute,
  defaultService,
  defaultVersion,
  defaultVersions,
} from "@/api/index.ts";
import { routeRows } from "./routeRows.ts";

const own = {
  ...defaultRoute("old-shop"),
  redirect: { to: "https://{host}/shop{rest}", status: 308 },
};
const versioned = {
  ...defaultRoute("orders", "shop"),
  versions: { ...defaultVersions(), list: [{ ...defaultVersion("v1"), service: "next" }] },
};
const config = {
  services: [defaultService("shop"), defaultService("next")],
  routes: [own, versioned],
} as unknown as Config;
const ids = (typed: string) => routeRows(config, [], typed).map(({ id }) => id);

test("routes stand under their services, those the gateway answers by itself after them", () => {
  expect(ids("")).toEqual(["service:shop", "orders", "service:next", ":gateway", "old-shop"]);
  expect(ids("308")).toEqual([":gateway", "old-shop"]);
});

test("a service that only a version goes to counts the route too", () => {
  const rows = routeRows(config, [], "next");
  expect(rows.find(({ id }) => id === "service:next")).toMatchObject({ routes: 1 });
});
