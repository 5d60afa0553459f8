import { expect, test } from "vitest";
import { columnsOf, fitting, LOG_COLUMNS, tracksOf, USUAL_COLUMNS } from "./columns.ts";

const ids = (columns: readonly { id: string }[]) => columns.map(({ id }) => id).join(" ");

test("what must be there is there, and what is not known is not", () => {
  expect(ids(columnsOf(["nonsense", "plan", "path", "plan"]))).toBe("time status plan path");
  expect(ids(columnsOf(USUAL_COLUMNS))).toBe(
    "time method status path route key note ms size stages",
  );
});

test("where there is less room, what is least needed goes first, and what is needed never", () => {
  const usual = columnsOf(USUAL_COLUMNS);
  expect(fitting(usual, 1400)).toEqual(usual);
  expect(ids(fitting(usual, 930))).toBe("time method status path route key note ms size");
  expect(ids(fitting(usual, 640))).toBe("time method status path route ms");
  expect(ids(fitting(usual, 100))).toBe("time status path");
  expect(tracksOf(fitting(usual, 100))).toBe("104px 78px minmax(140px, 1fr)");
  expect(ids(fitting([...LOG_COLUMNS], 1200))).toContain("ms");
});
