import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  hasValue,
  momentText,
  term,
  timeOf,
  toggledValue,
  tokens,
  withReplaced,
  withTerm,
  withTime,
} from "./filterText.ts";

/** Filters that the gateway's evaluator is tested with too: they are taken apart alike. */
const CASES = JSON.parse(
  readFileSync("../gateway-core/src/record/filter/filter-cases.json", "utf8"),
) as { filter: string; tokens: [string, string][]; notes?: [number, number, string][] }[];

test("the parts of the filters that the gateway reads are found", () => {
  expect(CASES.length).toBeGreaterThan(80);
  for (const { filter, tokens: parts } of CASES) {
    const found = tokens(filter).map(({ kind, text }) => [kind, text]);
    expect({ filter, tokens: found }).toEqual({ filter, tokens: parts });
  }
});

test("what does not apply begins and ends with a part or with one of several values", () => {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  for (const { filter, notes = [] } of CASES) {
    const edges = new Set([0]);
    let at = 0;
    for (const { kind, text } of tokens(filter)) {
      if (kind === "value") {
        for (const { index } of text.matchAll(/,/g)) edges.add(at + index).add(at + index + 1);
      }
      at += bytes(text);
      edges.add(at);
    }
    const beside = notes.flat().filter((place) => typeof place === "number" && !edges.has(place));
    expect({ filter, beside }).toEqual({ filter, beside: [] });
  }
});

test("a stretch of time takes the place of the one before", () => {
  const bound = withTime("status:5xx since:-15m", "2026-12-01T14:00:00Z", null);
  expect(bound).toBe("status:5xx since:2026-12-01T14:00:00Z");
  expect(timeOf(bound, "since")).toBe("2026-12-01T14:00:00Z");
  expect(timeOf(bound, "until")).toBe("");
  expect(withTime(bound, null, null)).toBe("status:5xx");
  expect(momentText(1_767_225_600_000_000)).toBe("2026-01-01T00:00:00Z");
  expect(momentText(1_767_225_600_250_000)).toBe("2026-01-01T00:00:00.250Z");
});

test("a stretch of the text is replaced", () => {
  expect(withReplaced("stats:5xx a", 0, 9, "status:5xx")).toBe("status:5xx a");
});

const kinds = (filter: string) => tokens(filter).map(({ kind, text }) => `${kind} ${text}`);

test("a filter is coloured by its parts", () => {
  expect(kinds('status:>=500 -key:"acme ci" (path:/a OR boots)')).toEqual([
    "key status:",
    "value >=500",
    "space  ",
    "operator -",
    "key key:",
    'value "acme ci"',
    "space  ",
    "operator (",
    "key path:",
    "value /a",
    "space  ",
    "operator OR",
    "space  ",
    "text boots",
    "operator )",
  ]);
});

test.each([
  "",
  " ",
  "status:",
  "status:4xx,",
  '"open quote',
  'a"b',
  "-",
  "key:a,b c",
  "ORDER NOT",
  "method:GET,(",
  'path:"/a b" é <img src=x onerror=alert(1)>',
])("no part of %j is lost or changed", (filter) => {
  expect(
    tokens(filter)
      .map(({ text }) => text)
      .join(""),
  ).toBe(filter);
});

test("a term is added once, and its opposite leaves", () => {
  expect(withTerm("", "status", "429")).toBe("status:429");
  expect(withTerm("is:error", "status", "429")).toBe("is:error status:429");
  expect(withTerm("status:429 is:error", "status", "429")).toBe("is:error status:429");
  expect(withTerm("key:acme is:error", "key", "acme", true)).toBe("is:error -key:acme");
});

test("a value that would be read otherwise is quoted", () => {
  expect(term("key", "acme-ci")).toBe("key:acme-ci");
  expect(term("key", "Acme CI")).toBe('key:"Acme CI"');
  expect(term("path", "/a,b(1)")).toBe('path:"/a,b(1)"');
  expect(term("path", '/say"hi"\\')).toBe(String.raw`path:"/say\"hi\"\\"`);
  expect(term("key", ">5")).toBe('key:">5"');
});

test("chips of one key mean any of them", () => {
  const both = toggledValue("status:4xx path:/a", "status", "5xx");
  expect(both).toBe("status:4xx,5xx path:/a");
  expect(hasValue(both, "status", "5xx")).toBe(true);
  expect(toggledValue(both, "status", "4xx")).toBe("status:5xx path:/a");
  expect(toggledValue("status:5xx", "status", "5xx")).toBe("");
});

test("what stands in parentheses is not a chip's to change", () => {
  const filter = "(status:401 OR status:403)";
  expect(hasValue(filter, "status", "401")).toBe(false);
  expect(toggledValue(filter, "status", "5xx")).toBe(`${filter} status:5xx`);
});
