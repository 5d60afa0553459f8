import { expect, test } from "vitest";
import {
  columnOf,
  columnsOf,
  fitting,
  LOG_COLUMNS,
  tracksOf,
  USUAL_LAYOUT,
  withMoved,
  withWidth,
} from "./columns.ts";
import { exchange } from "./fixtures.ts";

const ids = (columns: readonly { id: string }[]) => columns.map(({ id }) => id).join(" ");
const chosen = (...names: string[]) => names.map((id) => ({ id }));

test("what must be there is there, and what is not known is not", () => {
  expect(ids(columnsOf(chosen("nonsense", "plan", "path", "plan")))).toBe("time status plan path");
  expect(ids(columnsOf(USUAL_LAYOUT.columns))).toBe(
    "time method status path route key note ms size stages",
  );
});

test("where there is less room, what is least needed goes first, and what is needed never", () => {
  const usual = columnsOf(USUAL_LAYOUT.columns);
  expect(fitting(usual, 1400)).toEqual(usual);
  expect(ids(fitting(usual, 950))).toBe("time method status path route key note ms size");
  expect(ids(fitting(usual, 640))).toBe("time method status path route ms");
  expect(ids(fitting(usual, 100))).toBe("time status path");
  expect(tracksOf(fitting(usual, 640))).toContain("minmax(160px, 1fr)");
  expect(ids(fitting([...LOG_COLUMNS], 1200))).toContain("ms");
});

test("what is needed shares what room there is", () => {
  expect(tracksOf(fitting(columnsOf(USUAL_LAYOUT.columns), 100))).toBe(
    "104px 78px minmax(40px, 1fr)",
  );
});

test("a column is as wide as someone wants it, but for the one that takes what is left", () => {
  const wide = columnsOf([
    { id: "path", width: 500 },
    { id: "route", width: 5000 },
    { id: "key", width: 1 },
  ]);
  expect(wide.map(({ id, width, usual }) => [id, width, usual])).toEqual([
    ["time", 104, undefined],
    ["status", 78, undefined],
    ["path", 160, undefined],
    ["route", 900, 136],
    ["key", 40, 96],
  ]);
  const changed = withWidth(chosen("time", "key"), "key", 200.4);
  expect(changed).toEqual([{ id: "time" }, { id: "key", width: 200 }]);
  expect(withWidth(changed, "key", null)).toEqual(chosen("time", "key"));
});

test("a column is put before another, or at the end, and keeps its width", () => {
  const columns = [{ id: "a" }, { id: "b", width: 99 }, { id: "c" }];
  expect(ids(withMoved(columns, "c", "a"))).toBe("c a b");
  expect(ids(withMoved(columns, "a", "c"))).toBe("b a c");
  expect(withMoved(columns, "b", null).at(-1)).toEqual({ id: "b", width: 99 });
  expect(ids(withMoved(columns, "b", "b"))).toBe("a b c");
  expect(ids(withMoved(columns, "nothing", "b"))).toBe("a b c");
});

test("a header and a path make columns, and their cells make terms", () => {
  expect(columnOf("header.")).toBeUndefined();
  expect(columnOf("colour")).toBeUndefined();
  const term = (id: string, text: string, cut = false) =>
    columnOf(id)?.term?.(exchange(), { text, cut });
  expect(columnOf("header.x-tenant")?.header).toBe("x-tenant");
  expect(columnOf("res.body:$.order.id")?.header).toBe("$.order.id");
  expect(term("header.x-tenant", "acme")).toEqual({
    key: "header.x-tenant",
    value: "acme",
    op: "=",
  });
  // Of what is cut short only the beginning is known.
  expect(term("res.header.etag", "abc", true)).toEqual({ key: "res.header.etag", value: "abc" });
  expect(term("req.body:$.of[0]['a-b']", "7")).toEqual({
    key: "req.body.of.0.a-b",
    value: "7",
    op: "=",
  });
  // What a filter cannot name is looked for in the whole body.
  expect(term("res.body:$..id", "7")).toEqual({ key: "res.body", value: "7" });
  expect(term("limit.left", "42 of 60")).toEqual({ key: "limit", value: "left:42" });
  expect(columnOf("header.x-tenant")?.term?.(exchange(), { missing: "absent" })).toBeNull();
});

test("every column of numbers makes a term too", () => {
  const term = (id: string) =>
    columnOf(id)?.term?.(exchange({ duration_us: 8720, response_bytes: 1834, tries: 2 }));
  expect(term("ms")).toEqual({ key: "duration", op: ">=", value: "8ms" });
  expect(term("size")).toEqual({ key: "size", op: ">=", value: "1834" });
  expect(term("tries")).toEqual({ key: "is", value: "retried" });
  expect(term("time")?.key).toBe("since");
});
