import { expect, test } from "vitest";
import { exported, HAPROXY, NGINX } from "./fixtures.ts";
import { openRoutes, validateExportSearch, withOpen } from "./search.ts";
import { byRoute, filesInOrder, groups, lineOf, proveCommand, verdict } from "./words.ts";

test("findings stand in the order of the report, and placeholders are said once", () => {
  const found = groups(exported(NGINX, [], false));
  expect(found.map(({ grade }) => grade)).toEqual(["less_strict", "approximated", "left_out"]);
  expect(found.map(({ findings }) => findings.length)).toEqual([1, 2, 1]);
});

test("a value to fill in that is no placeholder is a finding", () => {
  const one = exported(NGINX, [], false);
  one.findings.push({
    path: "listen.https",
    grade: "fill_in",
    note: "put the certificate in the place of `cert.pem`",
    closed: false,
  });
  expect(groups(one).map(({ grade }) => grade)).toContain("fill_in");
});

test("what is less strict belongs to the route that it names, closed ones first", () => {
  const one = exported(NGINX, ["weekly"], false);
  const [opened] = one.findings;
  if (!opened) throw new Error("There is one.");
  const note = "a key in the query is seen by nobody: route `orders` is exported closed (403)";
  const shut = { ...opened, path: "api_keys.query", note, closed: true };
  const sorted = byRoute([opened, shut], { orders: "api_keys.query" }, ["weekly"]);
  expect(sorted.map(({ route, closed }) => [route, closed])).toEqual([
    ["orders", true],
    ["weekly", false],
  ]);
});

test("the verdict is a sentence with numbers", () => {
  expect(verdict(exported(NGINX, [], false)).sentence).toBe(
    "26 settings are carried over exactly, 2 in another way, 1 not. 1 route is exported closed, and 1 secret has to be filled in.",
  );
  const all = { ...exported(HAPROXY, ["weekly"], true), findings: [], exact: 1 };
  expect(verdict({ ...all, fidelity: "exact" })).toMatchObject({
    word: "All of it, exactly",
    sentence: "1 setting is carried over exactly.",
  });
});

test("the command takes nothing from a pasted address but names of routes", () => {
  const open = openRoutes({ open: "weekly,$(rm),--strict,,a b,v1.orders" });
  expect(proveCommand("nginx", open)).toBe(
    "gatewright export nginx --config gatewright.yaml --out gateway-nginx --open weekly --open v1.orders --prove",
  );
});

test("the file that is started with stands first, then those to fill in", () => {
  expect(filesInOrder(exported(NGINX, [], false)).map(({ name }) => name)).toEqual([
    "nginx.conf",
    "keys.map",
    ".gitignore",
    "REPORT.md",
    "report.json",
  ]);
});

test("the line of a text is that of its first place", () => {
  expect(lineOf("a\nb KEY\nKEY\n", "KEY")).toBe(2);
  expect(lineOf("a", "KEY")).toBeUndefined();
});

test("an address keeps what it knows and drops the rest", () => {
  expect(validateExportSearch({ to: "nginx", open: "a,b", line: "7", hashes: "1", x: 1 })).toEqual({
    to: "nginx",
    open: "a,b",
    line: 7,
  });
  expect(validateExportSearch({ line: "-1", open: "" })).toEqual({});
  expect(withOpen({ open: "a" }, "b", true)).toEqual({ open: "a,b" });
  expect(withOpen({ open: "a", to: "nginx" }, "a", false)).toEqual({ to: "nginx" });
});
