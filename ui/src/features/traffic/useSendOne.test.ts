import { expect, test } from "vitest";
import { defaultRoute, type Route } from "@/api/index.ts";
import { firstRequest } from "./useSendOne.ts";

const route = (match: Partial<Route["match"]>, more: Partial<Route> = {}): Route => ({
  ...defaultRoute("r"),
  ...more,
  match: { ...defaultRoute("").match, ...match },
});

test("the first request is one that a route takes as it is written", () => {
  const routes = [
    route({ path: "/off" }, { enabled: false }),
    route({ path: "/a/{id}", path_kind: "template" }),
    route({ path: "/shop", hosts: ["shop.test"] }),
    route({ path: "/beta", headers: [{ name: "x-beta", test: "present", value: null }] }),
    route({ path: "/orders", methods: ["POST"] }),
  ];
  expect(firstRequest(routes)).toEqual({ method: "POST", path: "/orders" });
  expect(firstRequest(routes.slice(0, 4))).toEqual({ method: "GET", path: "/" });
  expect(firstRequest(undefined)).toEqual({ method: "GET", path: "/" });
});
