import { expect, test } from "vitest";
import { defaultRoute, defaultService } from "@/api/index.ts";
import type { Command } from "./commands.ts";
import { findEntries, readTyped, type Sources } from "./paletteEntries.ts";

const command = (id: string, title: string, more: Partial<Command> = {}): Command => ({
  id,
  title,
  group: "Window",
  run: () => undefined,
  ...more,
});
const key = { id: "k1", name: "acme-ci", consumer: "acme", hint: "gw_dev_…3f9c" };
const route = defaultRoute("orders", "shop");
const SOURCES = {
  commands: [
    command("go", "Go to Traffic", { keys: "G T" }),
    command("theme", "Use the dark theme"),
    command("replay", "Send the request again", { contextual: true }),
  ],
  config: {
    routes: [{ ...route, match: { ...route.match, path: "/v1/orders" } }],
    services: [defaultService("shop")],
  },
  keys: [key],
  filters: ["status:>=500", "key:acme-ci"],
} as unknown as Sources;

const titles = (typed: string, recent: string[] = []) =>
  findEntries(SOURCES, typed, recent).map(({ title }) => title);

test("with nothing typed what acts on the selection leads, then what was run last", () => {
  expect(titles("", ["theme"])).toEqual([
    "Send the request again",
    "Use the dark theme",
    "Go to Traffic",
  ]);
});

test("without a prefix everything is found, by its title first", () => {
  expect(titles("orders")[0]).toBe("orders");
  expect(titles("acme")).toContain("acme-ci");
  expect(titles("dark")).toContain("Use the dark theme");
});

test.each([
  [">dark", ["Use the dark theme"]],
  ["/v1/ord", ["orders"]],
  ["/shop", ["shop", "orders"]],
  ["@acme", ["acme-ci"]],
  ["@3f9c", ["acme-ci"]],
  [":status", ["status", "status:>=500"]],
  [":status:>=500", ["status:>=500"]],
  [":", ["status:>=500", "key:acme-ci"]],
  ["#01J", ["01J"]],
  ["#", []],
  ["?", expect.arrayContaining(["/ finds routes, by name or path", "Go to Traffic"])],
])("%s finds %o", (typed, found) => {
  expect(titles(typed)).toEqual(found);
});

test("a filter leads to its requests, and an id to its request", () => {
  const [filter] = findEntries(SOURCES, ":is:error", []);
  expect(filter?.does).toEqual({ go: { to: "/traffic", search: { q: "is:error" } } });
  const [request] = findEntries(SOURCES, "# 0191", []);
  expect(request?.does).toEqual({ go: { to: "/traffic", search: { q: "id:0191" } } });
});

test("what is typed is told apart from its prefix", () => {
  expect(readTyped("> und")).toEqual({ prefix: ">", text: "und" });
  expect(readTyped("undo")).toEqual({ prefix: null, text: "undo" });
});
