import { expect, test } from "vitest";
import { jsonTree } from "./jsonTree.ts";

test("a tree keeps digits, order and repetitions", () => {
  expect(
    jsonTree('{"b": 12345678901234567890, "a": [true, "x,{y}"], "b": {}, "é\\u0041": null}'),
  ).toEqual({
    kind: "object",
    members: [
      { name: "b", value: { kind: "scalar", text: "12345678901234567890" } },
      {
        name: "a",
        value: {
          kind: "array",
          items: [
            { kind: "scalar", text: "true" },
            { kind: "scalar", text: '"x,{y}"' },
          ],
        },
      },
      { name: "b", value: { kind: "object", members: [] } },
      { name: "éA", value: { kind: "scalar", text: "null" } },
    ],
  });
});

test("what is too deep to be shown is no tree", () => {
  expect(jsonTree("[".repeat(500) + "]".repeat(500))).toBeNull();
  expect(jsonTree("[[]]")).toEqual({ kind: "array", items: [{ kind: "array", items: [] }] });
});
