import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DetailCells, type RowCells } from "./detailCells.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const row = (id: string, ...texts: string[]): RowCells => ({
  id,
  cells: texts.map((text) => ({ text })),
});

function asked(answer: (ids: readonly string[]) => readonly RowCells[]) {
  const questions: (readonly string[])[] = [];
  const arrived = vi.fn<() => void>();
  const cells = new DetailCells((ids) => {
    questions.push(ids);
    return Promise.resolve(answer(ids));
  }, arrived);
  return { cells, questions, arrived };
}

test("what rows bring is known, and only the others on screen are asked for, together", async () => {
  const { cells, questions, arrived } = asked((ids) => ids.map((id) => row(id, `of ${id}`)));
  cells.want(["a"]);
  expect(questions).toEqual([]);
  expect(cells.show(["header.x"])).toBe(true);
  expect(cells.show(["header.x"])).toBe(false);
  cells.take([row("a", "live")]);
  cells.want(["a", "b"]);
  cells.want(["b", "c"]);
  await vi.runAllTimersAsync();
  expect(questions).toEqual([["b"], ["c"]]);
  expect(arrived).toHaveBeenCalledTimes(2);
  expect(cells.of("a", "header.x")?.text).toBe("live");
  expect(cells.of("c", "header.x")?.text).toBe("of c");
  expect(cells.of("c", "header.y")).toBeUndefined();
});

test("what is not in the log yet is asked for again, and not for ever", async () => {
  let there = false;
  const { cells, questions } = asked((ids) => (there ? ids.map((id) => row(id, "x")) : []));
  cells.show(["trace"]);
  cells.want(["a"]);
  await vi.advanceTimersByTimeAsync(600);
  there = true;
  await vi.runAllTimersAsync();
  expect(cells.of("a", "trace")?.text).toBe("x");
  const before = questions.length;
  there = false;
  cells.want(["gone"]);
  await vi.runAllTimersAsync();
  expect(questions.length - before).toBe(6);
});

test("other columns forget the cells of those before, also of an answer under way", async () => {
  const { cells } = asked((ids) => ids.map((id) => row(id, "old")));
  cells.show(["header.old"]);
  cells.want(["a"]);
  cells.show(["header.new"]);
  await vi.advanceTimersByTimeAsync(0);
  expect(cells.of("a", "header.new")).toBeUndefined();
  cells.take([row("a", "one", "too many")]);
  expect(cells.of("a", "header.new")).toBeUndefined();
});

test("what is held stays bounded", () => {
  const { cells } = asked(() => []);
  cells.show(["trace"]);
  cells.take(Array.from({ length: 5000 }, (_, at) => row(`${at}`, "x")));
  expect(cells.of("0", "trace")).toBeUndefined();
  expect(cells.of("4999", "trace")?.text).toBe("x");
});
