import { expect, test } from "vitest";
import type { Command } from "./commands.ts";
import { findCommand } from "./keyboard.ts";

const command = (id: string, keys: string): Command => ({
  id,
  keys,
  title: id,
  group: "",
  run() {},
});
const all = [command("go", "G T"), command("create", "C"), command("place create", "C")];

test("a first key only begins a chord", () => {
  expect(findCommand(all, null, "G")).toBe("chord");
});

test("a chord is its two keys in order", () => {
  expect(findCommand(all, "G", "T")).toBe(all[0]);
  expect(findCommand(all, null, "T")).toBeNull();
});

test("a key after a chord that does not exist means itself", () => {
  expect(findCommand(all, "G", "C")).toBe(all[2]);
});

test("of two commands with the same keys the newest wins", () => {
  expect(findCommand(all, null, "C")).toBe(all[2]);
});
