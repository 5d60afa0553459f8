import { beforeEach, expect, test, vi } from "vitest";
import { type GatewayEvent, Problem } from "@/api/index.ts";
import { exchange } from "./fixtures.ts";
import type { Exchange } from "./exchange.ts";
import { LiveLog } from "./liveLog.ts";
import type { Sort } from "./logState.ts";

/** A gateway with a log: `end` makes requests end and tells of them, `asked` is the stream's query. */
function gateway() {
  const stored: Exchange[] = [];
  let hear: (event: GatewayEvent) => void = () => undefined;
  const self = {
    stored,
    asked: "",
    reads: 0,
    status: (_seq: number) => 200,
    /** What the log holds now: `is:pinned` asks for it. */
    matches: (row: Exchange, filter: string) =>
      filter === "is:pinned" ? row.pinned === true : row.path.includes(filter),
    read(filter: string, before: number | null, limit: number) {
      self.reads += 1;
      if (filter.includes("bad")) return Promise.reject(BAD);
      const rows = stored
        .filter((row) => (before === null || row.seq < before) && self.matches(row, filter))
        .toReversed()
        .slice(0, limit);
      return Promise.resolve({
        rows,
        next: rows.length < limit ? null : (rows.at(-1)?.seq ?? null),
        oldest: 1,
        end: stored.length + 1,
      });
    },
    readSorted: (filter: string, { by, descending }: Sort) => {
      if (by !== "duration") return Promise.reject(BAD);
      const rows = stored
        .filter((row) => row.path.includes(filter))
        .toSorted((a, b) =>
          descending ? b.duration_us - a.duration_us : a.duration_us - b.duration_us,
        );
      return Promise.resolve({ rows, of: rows.length });
    },
    feed: {
      ask: (query: string) => void (self.asked = query),
      listen: (listener: (event: GatewayEvent) => void) => {
        hear = listener;
        return () => undefined;
      },
    },
    end(count: number, { told = count, open = [] as Exchange[] } = {}) {
      const rows = Array.from({ length: count }, (_, at) =>
        exchange({
          seq: stored.length + at + 1,
          status: self.status(stored.length + at + 1),
          duration_us: ((stored.length + at) % 7) * 1000,
        }),
      );
      stored.push(...rows);
      hear({
        type: "traffic",
        rows: rows.slice(-told),
        matched: count,
        omitted: count - told,
        counts: [],
        newest: stored.length,
        total_seen: stored.length,
        open,
        figures: { window_s: 10, requests: 0, per_second: 0 },
        dropped: 0,
      });
    },
    tell: (event: GatewayEvent) => hear(event),
  };
  return self;
}

const BAD = new Problem({
  code: "filter_invalid",
  status: 400,
  title: "The filter cannot be read.",
  detail: "`bad` is no filter",
});

let world = gateway();
let log = new LiveLog(world);
const seqs = () => log.visible().map((row) => row.seq);
const ends = () => [seqs()[0], seqs().at(-1)];
const state = () => log.state.get();

/** A log with this many rows, shown ten at a time. */
async function openLog(rows: number) {
  world.end(rows);
  await log.setFilter("");
}

beforeEach(() => {
  world = gateway();
  log = new LiveLog(world);
  log.setSlots(10);
  log.start();
});

test("live shows the newest rows", async () => {
  await openLog(50);
  expect(ends()).toEqual([41, 50]);
  world.end(3);
  expect(ends()).toEqual([44, 53]);
  expect(state()).toMatchObject({ mode: "live", fresh: 0, filter: "" });
  expect(world.asked).toBe("q=&lenient=true&rows=80");
});

test("a selected row stays where it is while others arrive", async () => {
  await openLog(50);
  log.activate(log.visible()[4]?.id ?? "");
  world.end(412);
  expect(ends()).toEqual([41, 50]);
  expect(state()).toMatchObject({ mode: "scrolled", fresh: 412 });
  log.goLive();
  expect(ends()).toEqual([453, 462]);
  expect(state()).toMatchObject({ mode: "live", fresh: 0, active: null });
});

test("grouped, the place stays the same while older rows are read", async () => {
  world.status = (seq) => (Math.floor(seq / 3) % 2 === 0 ? 200 : 404);
  await openLog(6000);
  log.group(true);
  const counts = () => log.visible().map((row) => row.repeats?.count ?? 1);
  expect(new Set(counts().slice(1, -1))).toEqual(new Set([3]));
  const before = seqs();
  log.scrollBy(-10);
  const after = seqs();
  expect(after.at(-1)).toBe((before[0] ?? 0) - 3);
  // Each page brings more above; what is looked at does not move.
  for (let at = 0; at < 20; at += 1) {
    const first = seqs()[0] ?? 0;
    log.scrollBy(-5);
    expect(seqs()[0]).toBe(first - 15);
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve));
    expect(seqs()[0]).toBe(first - 15);
  }
  const [top] = log.visible();
  log.activate(top?.id ?? "");
  log.group(false);
  expect(log.active()?.id).toBe(top?.id);
  expect(seqs()).toContain(top?.seq);
  log.goLive();
  expect(ends()).toEqual([5991, 6000]);
});

test("sorted rows stay as they were until someone goes back, and end is an end", async () => {
  await openLog(30);
  await log.sortBy({ by: "duration", descending: true });
  const durations = () => log.visible().map((row) => row.duration_us / 1000);
  expect(durations()).toEqual([6, 6, 6, 6, 5, 5, 5, 5, 4, 4]);
  expect(state()).toMatchObject({
    mode: "scrolled",
    sorted: { by: "duration", descending: true, shown: 30, of: 30, partial: false },
  });
  world.end(5);
  expect(state().fresh).toBe(5);
  log.scrollBy(100);
  log.scrollBy(100);
  expect(state().mode).toBe("scrolled");
  expect(durations().at(-1)).toBe(0);
  await log.toStart();
  expect(durations()[0]).toBe(6);
  await log.sortBy(null);
  expect(state()).toMatchObject({ mode: "live", sorted: null });
  expect(ends()).toEqual([26, 35]);
  // What cannot be sorted leaves everything as it is, and says why.
  await log.sortBy({ by: "path", descending: false });
  expect(state()).toMatchObject({ mode: "live", sorted: null, problem: BAD });
});

test("paused is frozen, says since when, and goes on where the log is", async () => {
  await openLog(50);
  log.togglePause();
  world.end(7);
  log.scrollBy(20);
  expect(ends()).toEqual([41, 50]);
  expect(state()).toMatchObject({ mode: "paused", fresh: 7 });
  expect(state().pausedAt).toBeGreaterThan(0);
  log.togglePause();
  expect(ends()).toEqual([48, 57]);
  expect(state().pausedAt).toBeNull();
});

test("scrolling up reads the log page by page and holds 20 pages at most", async () => {
  await openLog(10_000);
  for (let at = 0; at < 800; at += 1) {
    log.scrollBy(-10);
    // oxlint-disable-next-line no-await-in-loop
    await vi.waitFor(() => expect(log.position().top).toBeGreaterThan(10));
    expect(log.position().of).toBeLessThanOrEqual(4000);
  }
  expect(ends()).toEqual([1991, 2000]);
});

test("scrolling down again reads what was let go of", async () => {
  await openLog(6000);
  await log.toStart();
  expect(ends()).toEqual([1, 10]);
  for (let at = 0; at < 450; at += 1) {
    log.scrollBy(10);
    // oxlint-disable-next-line no-await-in-loop
    await vi.waitFor(() => {
      const { top, shown, of } = log.position();
      expect(of - top - shown).toBeGreaterThan(10);
    });
    const [first = 0, last = 0] = ends();
    expect(last - first).toBe(9);
  }
  expect(ends()).toEqual([4501, 4510]);
});

test("what came meanwhile can be read by scrolling down, and then counts as read", async () => {
  await openLog(50);
  log.activate(log.visible()[9]?.id ?? "");
  world.end(30);
  log.moveActive(1);
  await vi.waitFor(() => expect(state().fresh).toBe(0));
  log.moveActive(30);
  expect(ends()).toEqual([71, 80]);
  expect(log.active()?.seq).toBe(80);
});

test("Home goes to the first row also while other rows are being read", async () => {
  await openLog(50);
  world.end(500, { told: 80 });
  log.setSlots(60);
  await log.toStart();
  expect(ends()).toEqual([1, 60]);
  expect(log.active()?.seq).toBe(1);
});

test("the wheel at the bottom goes back to live", async () => {
  await openLog(50);
  log.scrollBy(-3);
  expect(state().mode).toBe("scrolled");
  log.scrollBy(3);
  log.scrollBy(3);
  expect(state().mode).toBe("live");
});

test("rows that were left out leave no silent gap when scrolling up", async () => {
  await openLog(50);
  world.end(500, { told: 80 });
  expect(ends()).toEqual([541, 550]);
  log.scrollBy(-100);
  await vi.waitFor(() => expect(log.position().of).toBeGreaterThan(200));
  log.scrollBy(-60);
  const [first = 0, last = 0] = ends();
  expect(last - first).toBe(9);
  expect(seqs()).toEqual(Array.from({ length: 10 }, (_, at) => first + at));
});

test("rows that are told but not yet written are waited for", async () => {
  await openLog(50);
  world.end(500, { told: 80 });
  const unwritten = world.stored.splice(300);
  log.scrollBy(-100);
  setTimeout(() => world.stored.push(...unwritten), 150);
  await vi.waitFor(() => expect(log.position().of).toBeGreaterThan(200));
  log.scrollBy(-60);
  const [first = 0] = ends();
  expect(seqs()).toEqual(Array.from({ length: 10 }, (_, at) => first + at));
});

test("a filter that cannot be read leaves the last one in force", async () => {
  await openLog(50);
  await log.setFilter("/orders/800");
  expect(ends()).toEqual([1, 9]);
  await log.setFilter("bad");
  expect(state().problem?.message).toBe("`bad` is no filter");
  expect(state().filter).toBe("/orders/800");
  expect(ends()).toEqual([1, 9]);
  expect(world.asked).toBe("q=%2Forders%2F800&lenient=true&rows=80");
  await log.setFilter("");
  expect(state()).toMatchObject({ problem: null, filter: "" });
});

test("an address with a filter that cannot be read shows the whole log and says why", async () => {
  world.end(5);
  await log.setFilter("bad");
  await vi.waitFor(() => expect(state().filter).toBe(""));
  await vi.waitFor(() => expect(state().problem).toBe(BAD));
  expect(ends()).toEqual([1, 5]);
});

test("of two filters asked for quickly the later one wins", async () => {
  await openLog(50);
  await Promise.all([log.setFilter("/orders/8001"), log.setFilter("/orders/8002")]);
  expect(seqs()).toEqual([2]);
});

test("running requests stand below the newest and keep their place when they end", async () => {
  await openLog(50);
  const id = "0191f3a0-0000-7000-8000-999999999999";
  const running = exchange({ seq: 0, id, ending: "running" });
  world.end(1, { open: [running] });
  expect(ends()).toEqual([43, 0]);
  log.activate(id);
  world.stored.push(exchange({ seq: 52, id }));
  world.tell({
    type: "traffic",
    rows: [exchange({ seq: 52, id })],
    matched: 1,
    omitted: 0,
    counts: [],
    newest: 52,
    total_seen: 52,
    open: [],
    figures: { window_s: 10, requests: 0, per_second: 0 },
    dropped: 0,
  });
  expect(ends()).toEqual([43, 52]);
  expect(log.active()).toMatchObject({ id, ending: "complete" });
});

test("what ended while the stream was down is read from the log", async () => {
  await openLog(50);
  world.stored.push(...[51, 52, 53].map((seq) => exchange({ seq })));
  world.tell({ type: "lagged", missed: 3 });
  await vi.waitFor(() => expect(ends()).toEqual([44, 53]));
});

test("how much is not shown is counted", async () => {
  await openLog(50);
  log.pace.tell();
  world.end(500, { told: 80 });
  log.pace.tell();
  expect(log.pace.lastSecond.get()).toEqual({ arrived: 500, shown: 10 });
});

test("what takes long to find is shown as it is found, and looking can be stopped", async () => {
  const slow = gateway();
  const steps: ((page: { rows: Exchange[]; next: number | null }) => void)[] = [];
  const read = () =>
    new Promise<{ rows: Exchange[]; next: number | null; oldest: number; end: number }>((resolve) =>
      steps.push((page) => resolve({ ...page, oldest: 1, end: 1001 })),
    );
  const looking = new LiveLog({ read, readSorted: slow.readSorted, feed: slow.feed });
  const done = looking.setFilter("body:needle");
  const answer = async (page: { rows: Exchange[]; next: number | null }) => {
    const step = await vi.waitFor(() => {
      const next = steps.shift();
      if (!next) throw new Error("Nothing was asked.");
      return next;
    });
    step(page);
  };
  const found = () => looking.visible().map((row) => row.seq);
  await answer({ rows: [], next: 800 });
  await vi.waitFor(() =>
    expect(looking.state.get().search).toEqual({ reached: 800, oldest: 1, end: 1001, found: 0 }),
  );
  expect(looking.state.get().filter).toBe("body:needle");
  await answer({ rows: [exchange({ seq: 700 })], next: 600 });
  await vi.waitFor(() => expect(found()).toEqual([700]));
  expect(looking.state.get().search).toMatchObject({ reached: 600, found: 1 });
  looking.stopSearch();
  await answer({ rows: [exchange({ seq: 500 })], next: 400 });
  await done;
  expect(steps).toEqual([]);
  expect(found()).toEqual([500, 700]);
  expect(looking.state.get().search).toBeNull();
});

test("a place in the log can be jumped to, and the end follows the newest again", async () => {
  await openLog(5000);
  expect(log.place()).toEqual({ at: 5000, from: 1, to: 5000, shown: 10, reaches: true });
  await log.jumpTo(2500);
  expect(ends()).toEqual([2491, 2500]);
  expect(state().mode).toBe("scrolled");
  expect(log.place()).toMatchObject({ at: 2500, from: 1, to: 5000 });
  // Down to the newest it is not at the end.
  log.scrollBy(1);
  expect(state().mode).toBe("scrolled");
  // Both ways it goes on from there.
  await vi.waitFor(() => expect(log.position().of - log.position().top).toBeGreaterThan(20));
  log.scrollBy(10 - ((seqs().at(-1) ?? 0) - 2500));
  await vi.waitFor(() => expect(ends()).toEqual([2501, 2510]));
  world.end(3);
  expect(log.place()).toMatchObject({ at: 2510, to: 5003 });
  await log.jumpTo(5003);
  expect(state().mode).toBe("live");
  expect(ends()).toEqual([4994, 5003]);
});

test("of many jumps at once the last one counts", async () => {
  await openLog(5000);
  await Promise.all([4000, 3000, 2000, 1000].map((at) => log.jumpTo(at)));
  await vi.waitFor(() => expect(ends()).toEqual([991, 1000]));
});

test("the scroll bar reaches 250,000 requests back, and Home all of them", async () => {
  world.end(1);
  world.stored[0] = exchange({ seq: 400_000 });
  await log.setFilter("");
  expect(log.place()).toBeNull();
  world.stored.push(...Array.from({ length: 40 }, (_, at) => exchange({ seq: 400_001 + at })));
  world.tell({ type: "lagged", missed: 40 });
  await vi.waitFor(() => expect(log.place()).toMatchObject({ from: 150_040, to: 400_040 }));
  expect(log.place()?.reaches).toBe(false);
});

test("what is sorted is scrolled by its place", async () => {
  await openLog(30);
  await log.sortBy({ by: "duration", descending: true });
  expect(log.place()).toEqual({ at: 10, from: 10, to: 30, shown: 10, reaches: true });
  await log.jumpTo(25);
  expect(log.position().top).toBe(15);
});

test("under a filter for pinned ones, what is let go of leaves and what is pinned comes", async () => {
  world.end(12);
  const pin = (seq: number, pinned: boolean) => {
    const row = world.stored[seq - 1];
    if (!row) throw new Error(`there is no row ${seq}`);
    world.stored[seq - 1] = Object.assign({}, row, { pinned });
    world.tell({
      type: "log_changed",
      action: pinned ? "pinned" : "unpinned",
      ids: [row.id],
    });
  };
  for (const seq of [3, 5, 9]) pin(seq, true);
  await log.setFilter("is:pinned");
  expect(seqs()).toEqual([3, 5, 9]);

  pin(5, false);
  await vi.waitFor(() => expect(seqs()).toEqual([3, 9]));

  // Also where nothing moves while someone reads.
  log.activate(log.visible()[0]?.id ?? null);
  pin(7, true);
  await vi.waitFor(() => expect(seqs()).toEqual([3, 7, 9]));
  pin(3, false);
  await vi.waitFor(() => expect(seqs()).toEqual([7, 9]));
  expect(log.active()?.seq).toBe(7);
});

test("what another window restored is back at its place while the log is scrolled", async () => {
  await openLog(60);
  log.scrollBy(-20);
  const [first] = log.visible();
  if (!first) throw new Error("there are rows");
  const top = first.seq;
  world.tell({ type: "log_changed", action: "removed", ids: [first.id] });
  expect(seqs()[0]).toBe(top + 1);
  world.tell({ type: "log_changed", action: "restored", ids: [first.id] });
  await vi.waitFor(() => {
    log.scrollBy(-1);
    expect(seqs()).toContain(top);
  });
});
