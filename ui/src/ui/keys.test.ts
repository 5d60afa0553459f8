import { expect, test } from "vitest";
import { ariaKeys, keyCaps, strokeOf } from "./keys.ts";

const press = (init: Partial<KeyboardEvent>) =>
  ({ ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...init }) as KeyboardEvent;

test.each([
  [{ key: "k", ctrlKey: true }, "Mod+K"],
  [{ key: "g" }, "G"],
  [{ key: "F", shiftKey: true }, "Shift+F"],
  [{ key: "?", shiftKey: true }, "?"],
  [{ key: "F6", shiftKey: true }, "Shift+F6"],
  [{ key: " " }, "Space"],
  [{ key: "Shift", shiftKey: true }, null],
])("the press %j is the stroke %s", (init, stroke) => {
  expect(strokeOf(press(init), false)).toBe(stroke);
});

test("Command is Mod on a Mac", () => {
  expect(strokeOf(press({ key: "k", metaKey: true }), true)).toBe("Mod+K");
  expect(keyCaps("Mod+K", true)).toEqual(["⌘", "K"]);
});

test("a chord is shown as its keys in order", () => {
  expect(keyCaps("G T", false)).toEqual(["G", "T"]);
  expect(keyCaps("Mod++", false)).toEqual(["Ctrl", "+"]);
});

test("a chord has no aria-keyshortcuts", () => {
  expect(ariaKeys("G T", false)).toBeUndefined();
  expect(ariaKeys("Mod+K", false)).toBe("Control+K");
});
