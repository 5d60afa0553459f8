import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { formatXml } from "./body/xml.ts";
import { shortLines, bytesOf, formatJson, hexLines } from "./bodyText.ts";
import { headerChanges } from "./headerChanges.ts";

test("JSON gets a line for each member and keeps everything else", () => {
  const json = String.raw`{"id":12345678901234567890,"a":"x, {\"y\"}: [","n":[],"o":{ },"l":[1,-2.50e3,null],"id":1}`;
  expect(formatJson(json)).toBe(
    String.raw`{
  "id": 12345678901234567890,
  "a": "x, {\"y\"}: [",
  "n": [],
  "o": {},
  "l": [
    1,
    -2.50e3,
    null
  ],
  "id": 1
}`,
  );
});

test.each([
  '[1,{"a":[true,false]}]',
  "[]",
  '{"":{"":[[]]}}',
  '["\\u2028<img src=x onerror=alert(1)>"]',
])("%s still means the same when formatted", (json) => {
  expect(JSON.parse(formatJson(json) ?? "")).toEqual(JSON.parse(json));
});

test.each(["", "text", '{"cut":', "3", "{'a':1}"])("%j is left as it is", (text) => {
  expect(formatJson(text)).toBeNull();
});

test("bytes are shown as hex beside their letters", () => {
  const bytes = bytesOf(btoa("\u0000\u0001PNG<b>0123456789\u00ff"));
  expect(hexLines(bytes)).toBe(
    [
      "000000  00 01 50 4e 47 3c 62 3e  30 31 32 33 34 35 36 37  ..PNG<b>01234567",
      "000010  38 39 ff                                          89.",
    ].join("\n"),
  );
});

test("headers are compared by name, whatever their order", () => {
  const line = (name: string, value: string) => ({ name, value });
  const before = [line("accept", "a"), line("host", "x"), line("te", "t"), line("accept", "b")];
  const after = [line("host", "y"), line("accept", "a"), line("accept", "b"), line("via", "1.1 g")];
  expect(headerChanges(before, after)).toEqual([
    { kind: "changed", name: "host", before: "x", value: "y" },
    { kind: "removed", name: "te", value: "t" },
    { kind: "added", name: "via", value: "1.1 g" },
  ]);
  expect(headerChanges(before, before)).toEqual([]);
});

test("a very long line is cut short, and it is known", () => {
  const { shown, cut } = shortLines(`a\n${"x".repeat(20_000)}`);
  expect(cut).toBe(true);
  expect(shown).toBe(`a\n${"x".repeat(2000)}… + 18 kB on this line`);
  expect(shortLines("short")).toEqual({ shown: "short", cut: false });
});

test("bodies are formatted as the gateway formats larger ones", () => {
  const file = readFileSync("../gateway-core/src/record/paged/format-cases.json", "utf8");
  const cases = JSON.parse(file) as [string, string | null][];
  expect(cases.length).toBeGreaterThan(15);
  const formatted = cases.map(([text]) => [text, formatJson(text) ?? formatXml(text)]);
  expect(formatted).toEqual(cases);
});
