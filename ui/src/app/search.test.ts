import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./search.ts";

test("an address keeps a filter readable", () => {
  expect(stringifySearch({ q: "status:>=500 key:acme", sel: "", tab: undefined })).toBe(
    "?q=status:>%3D500%20key:acme",
  );
});

test.each(["status:>=500 key:acme", "a&b=c", "100 %", "1+1", "#1", "ü"])(
  "the text %j comes back as it was",
  (text) => {
    expect(parseSearch(stringifySearch({ q: text }))).toEqual({ q: text });
  },
);

test("a number in an address stays text", () => {
  expect(parseSearch("?sel=017")).toEqual({ sel: "017" });
});
