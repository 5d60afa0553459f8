import { expect, test } from "vitest";
import { aboutOpen, filterFor } from "./about.ts";

test.each([
  ["/routes", { sel: "orders" }, "route:orders"],
  ["/routes", { sel: "service:shop" }, "service:shop"],
  ["/routes", { sel: ":new" }, ""],
  ["/routes", {}, ""],
  ["/keys", { show: "consumers", sel: "acme" }, "consumer:acme"],
  ["/keys", { show: "plans", sel: "free" }, "plan:free"],
  ["/keys", { show: "issuers", sel: "local" }, ""],
  ["/dashboards", { route: "orders" }, "route:orders"],
  ["/history", { sel: "4" }, ""],
])("on %s with %o the dock shows %s", (pathname, search, filter) => {
  expect(filterFor(aboutOpen({ pathname, search }), null)).toBe(filter);
});

test("a key is found by its name, once that is known", () => {
  const about = aboutOpen({ pathname: "/keys", search: { sel: "0191" } });
  expect(filterFor(about, null)).toBeNull();
  expect(filterFor(about, "acme ci")).toBe('key:"acme ci"');
});
