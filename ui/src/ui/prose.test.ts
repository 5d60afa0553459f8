import { expect, test } from "vitest";
import { cutAtBackticks, plain, sentence } from "./prose.ts";

test("a clause becomes a sentence once", () => {
  expect(sentence("port 8080 is used")).toBe("Port 8080 is used.");
  expect(sentence("Done.")).toBe("Done.");
  expect(sentence("`x` is no name")).toBe("`x` is no name.");
  expect(sentence("")).toBe("");
});

test("names are told from text", () => {
  expect(cutAtBackticks("route `a b` added")).toEqual([
    { code: false, text: "route " },
    { code: true, text: "a b" },
    { code: false, text: " added" },
  ]);
  expect(plain("route `a` added")).toBe("route a added");
});

test("an unpaired backtick stays", () => {
  expect(cutAtBackticks("`a` and `b")).toEqual([
    { code: true, text: "a" },
    { code: false, text: " and `b" },
  ]);
});
