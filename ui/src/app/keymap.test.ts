import { beforeEach, expect, test } from "vitest";
import { available, type Command, registerCommands } from "./commands.ts";
import { findCommand } from "./keyboard.ts";
import { chooseKeys, holderOf } from "./keymap.ts";
import { setPreferences } from "./preferences.ts";

const command = (id: string, keys?: string): Command => ({
  id,
  title: id,
  group: "Test",
  run: () => undefined,
  ...(keys && { keys }),
});

beforeEach(() => setPreferences({ keymap: {} }));

test("a command has the keys that were chosen for it, or none, and its own again", () => {
  const stop = registerCommands([command("replay", "R"), command("mark", "M")]);
  const meant = (stroke: string) => {
    const found = findCommand(available(), null, stroke);
    return found === "chord" ? found : found?.id;
  };
  chooseKeys("replay", "X");
  expect([meant("X"), meant("R")]).toEqual(["replay", undefined]);
  chooseKeys("replay", "");
  expect(meant("X")).toBeUndefined();
  chooseKeys("replay", null);
  expect(meant("R")).toBe("replay");
  stop();
});

test("keys that another command has, or whose chord they begin, are not free", () => {
  const all = [command("replay", "R"), command("go", "G T")];
  expect(holderOf("R", "mark", all)?.id).toBe("replay");
  expect(holderOf("R", "replay", all)).toBeUndefined();
  expect(holderOf("G", "mark", all)?.id).toBe("go");
  expect(holderOf("X", "mark", all)).toBeUndefined();
});
