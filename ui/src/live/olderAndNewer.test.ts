import { expect, test } from "vitest";
import { exchange } from "./fixtures.ts";
import type { Exchange } from "./exchange.ts";
import { readNewer, readOlder, type ReadPage } from "./olderAndNewer.ts";

/** A log that holds the rows with these numbers, and how often it was read. */
function logOf(seqs: readonly number[]) {
  const log = { reads: 0 };
  const rows = seqs.map((seq) => exchange({ seq })).toReversed();
  const read: ReadPage = (_filter, before, limit) => {
    log.reads += 1;
    const found = rows.filter((row) => before === null || row.seq < before).slice(0, limit);
    const last = found.length >= limit ? found.at(-1) : undefined;
    const oldest = rows.at(-1)?.seq ?? 0;
    const end = (rows[0]?.seq ?? 0) + 1;
    return Promise.resolve({ rows: found, next: last?.seq ?? null, oldest, end });
  };
  return { log, read };
}

const seqs = (rows: readonly Exchange[]) => rows.map((row) => row.seq);
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test("older rows come oldest first and say when there are no more", async () => {
  const { read } = logOf(upTo(450));
  const older = await readOlder(read, "", 300);
  expect([older.rows[0]?.seq, older.rows.at(-1)?.seq, older.atEnd]).toEqual([100, 299, false]);
  expect(await readOlder(read, "", 100)).toMatchObject({ atEnd: true });
});

test("newer rows follow without a gap, in one reading where every number matches", async () => {
  const { log, read } = logOf(upTo(1000));
  const newer = await readNewer(read, "", 300, 1000);
  expect(seqs(newer.rows)).toEqual(upTo(500).slice(300));
  expect(log.reads).toBe(1);
});

test("newer rows that match rarely are found in few readings, none left out", async () => {
  const sparse = [10, 50_000, 90_000, 90_001, 400_000];
  const { log, read } = logOf(sparse);
  const found: number[] = [];
  for (let seq = 10; seq < 500_000;) {
    // Each stretch begins where the last one ended.
    // oxlint-disable-next-line no-await-in-loop
    const { rows, atEnd } = await readNewer(read, "rare", seq, 500_000);
    found.push(...seqs(rows));
    seq = rows.at(-1)?.seq ?? 500_000;
    if (atEnd) break;
  }
  expect(found).toEqual(sparse.slice(1));
  expect(log.reads).toBeLessThan(40);
});

test("a crowd after an empty stretch is read from its beginning", async () => {
  const crowd = upTo(3000).map((at) => at + 10_000);
  const { read } = logOf([1, ...crowd]);
  const { rows } = await readNewer(read, "", 1, 13_000);
  const first = rows.length;
  expect(first).toBeGreaterThan(0);
  expect(seqs(rows)).toEqual(crowd.slice(0, first));
});

test("nothing newer is the end", async () => {
  const { read } = logOf(upTo(10));
  expect(await readNewer(read, "", 10, 10)).toEqual({ rows: [], atEnd: true });
});
