import { expect, test } from "vitest";
import { type Config, defaultService, type Issue, type Route } from "@/api/index.ts";
import { issuesUnder, otherIssues } from "@/forms/fieldIssues.ts";
import { same } from "@/forms/same.ts";
import { newRoute, placeRoute, placeService } from "./routeDraft.ts";

const service = (name: string) => defaultService(name);
const EMPTY = { version: 1, services: [], routes: [] } as unknown as Config;
const route = (name: string, to = "shop"): Route => ({ ...newRoute(EMPTY), name, service: to });
const config: Config = {
  ...EMPTY,
  services: [service("shop"), service("cart")],
  routes: [route("a"), route("b", "cart")],
};

test("a new route has a name that is free and goes to the first service", () => {
  const made = newRoute({ ...config, routes: [route("route"), route("route-2")] });
  expect(made).toMatchObject({ name: "route-3", service: "shop" });
});

test("an edited thing stands where it stood, a new one at the end", () => {
  expect(placeRoute(config, route("renamed"), "a")).toMatchObject({
    path: "routes[0]",
    config: { routes: [{ name: "renamed" }, { name: "b" }] },
  });
  expect(placeRoute(config, route("c"), null).path).toBe("routes[2]");
});

test("the routes of a renamed service go with it", () => {
  const { config: next, path } = placeService(config, service("store"), "shop");
  expect(path).toBe("services[0]");
  expect(next.routes.map((item) => item.service)).toEqual(["store", "cart"]);
});

test("issues are told apart by field, and what has no field is kept", () => {
  const issue = (path: string, severity: Issue["severity"] = "error"): Issue => ({
    path,
    severity,
    message: path,
  });
  const issues = [
    issue("routes[1].match.hosts[0]"),
    issue("routes[1].match.hosts[2]"),
    issue("routes[1].name"),
    issue("routes[10].name"),
    issue("routes[1].service", "warning"),
  ];
  const found = issuesUnder(issues, "routes[1]");
  expect(found.at("match.hosts")).toBe("routes[1].match.hosts[0]; routes[1].match.hosts[2]");
  expect(found.at("service")).toBeUndefined();
  expect(found.count("match", "name")).toBe(3);
  expect(otherIssues(issues, "routes[1]").map(({ path }) => path)).toEqual([
    "routes[10].name",
    "routes[1].service",
  ]);
});

test("two ways to write the same are the same", () => {
  expect(same({ a: 1, b: [{ c: null, d: 2 }] }, { b: [{ d: 2 }], a: 1 })).toBe(true);
  expect(same({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
});
