import { expect, test } from "vitest";
import { hasValue, term, toggledValue, tokens, withTerm } from "./filterText.ts";

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
