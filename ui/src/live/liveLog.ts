import type { GatewayEvent } from "@/api/events.ts";
import { Problem } from "@/api/index.ts";
import { createStore } from "@/store.ts";
import { marked, without, withRows } from "./amend.ts";
import type { Exchange, LogAction, Traffic } from "./exchange.ts";
import { DetailCells } from "./detailCells.ts";
import { FIRST, type LogSource, type LogState, type Sort } from "./logState.ts";
import { readBetween, readOlder, type ReadPage } from "./olderAndNewer.ts";
import { Pace } from "./pace.ts";
import { Reading } from "./reading.ts";
import { groupRepeats, placeOf, type Shown } from "./repeats.ts";
import { Tail } from "./tail.ts";

/** Most rows on screen, and in one event. */
export const MOST_SLOTS = 80;
/** Rows near an end of what is held that make it ask for more. */
const NEAR_END = 40;
/** Running rows take at most this part of the screen. */
const RUNNING_PART = 1 / 3;
/** The scroll bar reaches so many requests back; older ones are reached by time or by a filter. */
export const MOST_SCROLLED = 250_000;
/** How long after a stream opens the log holds all that ended before. */
const WRITTEN_AFTER_MS = 500;

/** The live log: which rows are on screen. Knows neither React nor the page. */
export class LiveLog {
  readonly state = createStore<LogState>(FIRST);
  readonly pace = new Pace();
  /** The cells of the columns that are made of the detail of requests. */
  readonly cells: DetailCells;
  readonly #source: LogSource;
  readonly #tail = new Tail();
  readonly #listeners = new Set<(urgent: boolean) => void>();
  #reading: Reading | null = null;
  /** The highest number of a request that ended, matching or not. */
  #ended = 0;
  /** Where in the log someone wants to be next. */
  #goal: number | null = null;
  #top = 0;
  #slots = 20;
  #wanted = "";
  #attempt = 0;
  /** Looking for older rows stops once this is no longer the one it began with. */
  #search = 0;
  #loading: Promise<void> | null = null;
  /** The highest number that was on screen or in what is being read. */
  #seen = 0;
  /** The numbers the log has, as far as is known: from the first to before the last. */
  #held = { oldest: 1, end: 1 };

  constructor(source: LogSource) {
    const read: ReadPage = async (...wanted) => {
      const page = await source.read(...wanted);
      this.#held = { oldest: page.oldest, end: Math.max(page.end, this.#held.end) };
      return page;
    };
    this.#source = { ...source, read };
    this.cells = new DetailCells(source.readCells, () => this.#tell(false));
  }

  /** Listens until the returned function is called. Shows nothing before `setFilter`. */
  start(): () => void {
    const stopListening = this.#source.feed.listen((event) => this.#hear(event));
    const stopPace = this.pace.start();
    return () => {
      stopListening();
      stopPace();
      this.cells.stop();
      this.#attempt += 1;
      this.#source.feed.ask("");
    };
  }

  /** Calls `listener` when other rows are to be shown; `urgent` if a person did it. */
  onChange(listener: (urgent: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Which columns are made of the detail of requests: live rows bring them from now on. */
  showDetail(columns: readonly string[]): void {
    if (!this.cells.show(columns)) return;
    const { filter } = this.state.get();
    if (filter !== null) this.#follow(filter);
    this.#tell(true);
  }

  /** The row just above the screen, if there is one at hand. */
  above(): Shown | undefined {
    return this.#list()[this.position().top - 1];
  }

  /** How many rows fit on the screen. */
  setSlots(slots: number): void {
    const next = Math.min(Math.max(1, slots), MOST_SLOTS);
    if (next === this.#slots) return;
    this.#slots = next;
    this.#showActive();
  }

  /** The rows on screen, in order. */
  visible(): readonly Shown[] {
    const list = this.#list();
    const top = this.#reading ? this.#top : Math.max(0, list.length - this.#slots);
    return list.slice(top, top + this.#slots);
  }

  /** How far down the present list the screen is: for a scroll bar. */
  position(): { top: number; shown: number; of: number } {
    const of = this.#list().length;
    const shown = Math.min(this.#slots, of);
    return { top: this.#reading ? this.#top : of - shown, shown, of };
  }

  /**
   * Where in the log the screen is: `at` is the number of its last request, of those from `from` to
   * `to`. Sorted rows count by their place. `null` where all are on screen.
   */
  place(): { at: number; from: number; to: number; shown: number; reaches: boolean } | null {
    const { top, shown, of } = this.position();
    if (this.state.get().sorted !== null) {
      return of > shown ? { at: top + shown, from: shown, to: of, shown, reaches: true } : null;
    }
    const { oldest, end } = this.#held;
    const to = Math.max(end - 1, this.#tail.newest, this.#ended);
    const from = Math.max(oldest, to - MOST_SCROLLED);
    if (this.#list().length <= this.#slots && (this.#reading?.atStart ?? true)) return null;
    const last = this.visible().findLast(({ seq }) => seq > 0)?.seq ?? to;
    const at = this.#reading ? Math.min(Math.max(last, from), to) : to;
    return { at, from, to, shown, reaches: from === oldest };
  }

  /** Shows the requests up to a place that `place` counts. */
  async jumpTo(at: number): Promise<void> {
    const place = this.place();
    if (!place) return;
    if (this.state.get().sorted !== null) return this.#moveTo(at - place.shown);
    if (at >= place.to && this.state.get().mode !== "paused") return this.goLive();
    const reading = this.#freeze("scrolled");
    const isFirst = this.#goal === null;
    this.#goal = at;
    // Who drags on wants to be at the last place only.
    if (!isFirst) return;
    while (this.#goal !== null && this.#reading === reading) {
      // What is being read for the place we leave must not stand in the way.
      // oxlint-disable-next-line no-await-in-loop
      await this.#loading;
      // oxlint-disable-next-line no-await-in-loop
      await this.#load(async () => {
        const goal = this.#goal ?? at;
        this.#goal = null;
        await reading.toPlace(goal, this.#tail.newest);
        this.#top = Math.max(0, this.#list().length - this.#slots);
      });
    }
    this.#goal = null;
    if (this.#reading === reading) this.#moveTo(this.#top);
  }

  /** The highest number in the log that matches. */
  newest(): number {
    return this.#tail.newest;
  }

  /** The current row. */
  active(): Exchange | undefined {
    const list = this.#list();
    return list[placeOf(list, this.state.get().active)];
  }

  /** Shows what matches from now on. If it cannot be read the last good filter stays in force. */
  async setFilter(filter: string): Promise<void> {
    this.#wanted = filter;
    this.#attempt += 1;
    this.stopSearch();
    const [attempt, search] = [this.#attempt, this.#search];
    let begun = false;
    const begin = (rows: readonly Exchange[], atEnd: boolean) => {
      begun = true;
      this.#tail.reset();
      this.#tail.join(rows);
      this.#follow(filter);
      this.#change({ filter, problem: null });
      if (this.state.get().mode === "paused") this.#read(rows, atEnd);
      else this.goLive();
    };
    try {
      const { rows, atEnd } = await readOlder(this.#source.read, filter, null, {
        enough: this.#slots,
        stopped: () => attempt !== this.#attempt || search !== this.#search,
        // What takes long to find is shown as it is found.
        onStep: (found, progress) => {
          if (attempt !== this.#attempt || search !== this.#search) return;
          if (begun) this.#tail.join(found);
          else begin(found, false);
          this.#change({ search: progress });
          this.#tell(false);
        },
      });
      if (attempt !== this.#attempt) return;
      if (begun) {
        this.#tail.join(rows);
        this.#tell(false);
      } else begin(rows, atEnd);
      if (search === this.#search) this.#change({ search: null });
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#change({ search: null });
      this.#refused(error);
    }
  }

  /** Asks to be told what matches from now on. */
  #follow(filter: string): void {
    const { columns } = this.cells;
    const query = new URLSearchParams({ q: filter, lenient: "true", rows: `${MOST_SLOTS}` });
    if (columns.length > 0) query.set("cols", JSON.stringify(columns));
    this.#source.feed.ask(query.toString());
  }

  /** Looks for no more older rows than were found so far. */
  stopSearch(): void {
    this.#search += 1;
    this.#change({ search: null });
  }

  /** Freezes the list; the gateway goes on. */
  pause(): void {
    this.#freeze("paused");
  }

  togglePause(): void {
    if (this.state.get().mode === "paused") this.goLive();
    else this.pause();
  }

  /** Follows the newest rows again. */
  goLive(): void {
    this.#reading = null;
    this.#seen = this.#tail.newest;
    this.#change({ mode: "live", pausedAt: null, fresh: 0, active: null, sorted: null });
    this.#tell(true);
  }

  /** Shows the first rows in an order, as they are now; `null`: follows the newest again. */
  async sortBy(sort: Sort | null): Promise<void> {
    if (sort === null) return this.goLive();
    const attempt = this.#attempt;
    const filter = this.state.get().filter ?? "";
    try {
      const { rows, of, looked_from: from } = await this.#source.readSorted(filter, sort);
      if (attempt !== this.#attempt) return;
      const reading = new Reading(this.#source.read, filter, rows);
      reading.atStart = true;
      this.#reading = reading;
      this.#seen = this.#tail.newest;
      const { mode } = this.state.get();
      this.#change({
        mode: mode === "paused" ? mode : "scrolled",
        fresh: 0,
        active: null,
        problem: null,
        sorted: { ...sort, shown: rows.length, of, partial: from != null },
      });
      this.#moveTo(0);
    } catch (error) {
      if (attempt === this.#attempt) this.#refused(error);
    }
  }

  /** Shows rows after each other that say the same as one, or each by itself again. */
  group(grouped: boolean): void {
    const anchor = this.visible().at(-1)?.id ?? null;
    this.#change({ grouped });
    if (!this.#reading) return this.#tell(true);
    this.#moveTo(placeOf(this.#list(), anchor) - this.#slots + 1);
    if (this.state.get().active !== null) this.#showActive();
  }

  /** Moves the screen by some rows; the first step away leaves Live. */
  scrollBy(rows: number): void {
    if (!this.#reading && rows >= 0) return;
    const { mode, fresh, active } = this.state.get();
    this.#freeze("scrolled");
    const list = this.#list();
    const last = this.#reading?.rows.at(-1)?.seq ?? 0;
    const atBottom = this.#top + this.#slots >= list.length && last >= this.#tail.newest;
    const follows = mode === "scrolled" && this.state.get().sorted === null;
    if (rows > 0 && atBottom && follows && fresh === 0 && active === null) {
      this.goLive();
    } else this.#moveTo(this.#top + rows);
  }

  /** Moves by screens. */
  pageBy(pages: number): void {
    this.scrollBy(pages * Math.max(1, this.#slots - 1));
  }

  /** Shows the oldest rows of the log. */
  async toStart(): Promise<void> {
    const reading = this.#freeze("scrolled");
    if (this.state.get().sorted !== null) {
      this.#moveTo(0);
      return this.activate(this.#list()[0]?.id ?? null);
    }
    // What is being read for the place we leave must not stand in the way.
    await this.#loading;
    await this.#load(async () => {
      await reading.toStart(this.#tail.newest);
      this.#top = 0;
    });
    const first = reading.rows[0];
    if (this.#reading === reading && first) this.activate(first.id);
  }

  /** Makes a row the current one and keeps it where it is. `null`: none. */
  activate(id: string | null): void {
    if (id !== null) this.#freeze("scrolled");
    this.#change({ active: id });
    this.#tell(true);
  }

  /** Makes the next (1), previous (-1) or a farther row the current one. */
  moveActive(by: number): void {
    this.#freeze("scrolled");
    const list = this.#list();
    if (list.length === 0) return;
    const at = placeOf(list, this.state.get().active);
    const last = Math.min(this.#top + this.#slots, list.length) - 1;
    const next = at < 0 ? last : Math.min(Math.max(at + by, 0), list.length - 1);
    this.activate(list[next]?.id ?? null);
    this.#showActive();
  }

  /** The rows between two, both included, whichever comes first; one that is not at hand is passed over. */
  between(a: string, b: string): readonly Shown[] {
    const list = this.#list();
    const ends = [placeOf(list, a), placeOf(list, b)].filter((at) => at >= 0);
    return ends.length === 0 ? [] : list.slice(Math.min(...ends), Math.max(...ends) + 1);
  }

  /** The requests with these ids, as far as they are at hand, in order. */
  having(ids: ReadonlySet<string>): readonly Exchange[] {
    return this.#rows().filter(({ id }) => ids.has(id));
  }

  /** Somebody pinned requests, or let go of them. Where the filter asks for it, it is asked again. */
  markPinned(ids: readonly string[], pinned: boolean): void {
    this.#amend((rows) => marked(rows, new Set(ids), pinned));
    if (/\bpinned\b/i.test(this.state.get().filter ?? "")) void this.#askAgain(ids);
  }

  /** Requests are not in the log any more. The current one gives way to the next that is. */
  remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    const before = this.#list();
    const at = placeOf(before, this.state.get().active);
    this.#amend((rows) => without(rows, gone));
    const list = this.#list();
    if (at < 0 || placeOf(list, before[at]?.id ?? null) >= 0) return;
    const near = [...before.slice(at), ...before.slice(0, at).toReversed()];
    const next = near.find(({ id }) => placeOf(list, id) >= 0);
    this.#change({ active: next?.id ?? null });
    this.#showActive();
  }

  /** Requests that matched this filter are in the log again, at the places they had. */
  async restore(back: readonly Exchange[], filter: string): Promise<void> {
    const { filter: present, sorted } = this.state.get();
    if (sorted !== null) return this.sortBy(sorted);
    if (present !== filter) return this.setFilter(this.#wanted);
    const newest = this.#tail.newest;
    this.#amend((rows) => withRows(rows, back, newest, this.#reading?.atStart ?? false));
    if (!this.#reading) await this.#catchUp();
  }

  /**
   * Something became of these requests that the filter may ask for: those that match now are among the
   * rows at hand, at their places, and those that do not are not. Sorted rows stay as they were.
   */
  async #askAgain(ids: readonly string[]): Promise<void> {
    const { filter, sorted } = this.state.get();
    if (filter === null || sorted !== null) return;
    const [attempt, reading] = [this.#attempt, this.#reading];
    const meant = new Set(ids);
    try {
      const held = [this.#tail.ended, ...(reading ? [reading.rows] : [])];
      const found = (
        await Promise.all(
          held.map((rows, at) => {
            const first = at === 1 && reading?.atStart === true ? 1 : rows[0]?.seq;
            return readBetween(this.#source.read, filter, first ?? 1, rows.at(-1)?.seq ?? 0);
          }),
        )
      ).flat();
      if (attempt !== this.#attempt || reading !== this.#reading) return;
      // `delete` tells whether it was still there: the two stretches overlap.
      const back = found.filter(({ id }) => meant.delete(id));
      this.remove([...meant]);
      const newest = this.#tail.newest;
      this.#amend((rows) => withRows(rows, back, newest, reading?.atStart ?? false));
      if (!reading) await this.#catchUp();
    } catch (error) {
      if (attempt === this.#attempt) this.#refused(error);
    }
  }

  /** Changes the rows at hand. What is read stays where it is. */
  #amend(change: (rows: readonly Exchange[]) => readonly Exchange[]): void {
    const anchors = this.#list().slice(this.position().top);
    this.#tail.amend(change);
    this.#reading?.amend(change);
    const list = this.#list();
    const anchor = anchors.find(({ id }) => placeOf(list, id) >= 0);
    if (this.#reading && anchor) this.#top = placeOf(list, anchor.id);
    this.#moveTo(this.#top);
  }

  /** Brings the current row on screen, moving as little as possible. */
  #showActive(): void {
    const at = placeOf(this.#list(), this.state.get().active);
    const lowest = at - this.#slots + 1;
    this.#moveTo(at < 0 ? this.#top : Math.min(Math.max(this.#top, lowest), at));
  }

  /** The log was emptied. */
  async reload(): Promise<void> {
    this.#change({ mode: "live", pausedAt: null });
    await this.setFilter(this.#wanted);
  }

  #list(): readonly Shown[] {
    const { grouped, sorted } = this.state.get();
    const rows = this.#rows();
    // Rows in another order are no runs.
    return grouped && sorted === null ? groupRepeats(rows) : rows;
  }

  #rows(): readonly Exchange[] {
    if (this.#reading) return this.#reading.list;
    const { ended, running } = this.#tail;
    const most = Math.max(1, Math.floor(this.#slots * RUNNING_PART));
    return running.length === 0 ? ended : [...ended, ...running.slice(-most)];
  }

  #freeze(mode: "scrolled" | "paused"): Reading {
    if (this.#reading) {
      if (mode === "paused" && this.state.get().mode !== "paused") {
        this.#change({ mode, pausedAt: Date.now() });
      }
      return this.#reading;
    }
    const { top } = this.position();
    const held = this.#rows().slice(this.#tail.ended.length);
    const filter = this.state.get().filter ?? "";
    const reading = new Reading(this.#source.read, filter, this.#tail.ended, held);
    this.#reading = reading;
    this.#top = top;
    this.#seen = this.#tail.newest;
    this.#change({ mode, pausedAt: mode === "paused" ? Date.now() : null, fresh: 0 });
    this.#moveTo(top);
    return reading;
  }

  /** Reads on from these rows, the newest at the bottom of the screen. */
  #read(rows: readonly Exchange[], atStart: boolean): void {
    this.#reading = new Reading(this.#source.read, this.state.get().filter ?? "", rows);
    this.#reading.atStart = atStart;
    this.#seen = this.#tail.newest;
    this.#change({ fresh: 0, active: null, sorted: null });
    this.#moveTo(rows.length);
  }

  #moveTo(top: number): void {
    const length = this.#list().length;
    this.#top = Math.min(Math.max(0, top), Math.max(0, length - this.#slots));
    this.#tell(true);
    if (!this.#reading) return;
    if (this.#top < NEAR_END) void this.#loadOlder(this.#reading);
    if (this.#top + this.#slots > length - NEAR_END) void this.#loadNewer(this.#reading);
  }

  async #loadOlder(reading: Reading): Promise<void> {
    if (reading.atStart || reading.stopped) return;
    const search = this.#search;
    // Groups grow together where they meet: then only a row tells the place.
    const anchor = this.state.get().grouped ? (this.visible()[0]?.id ?? null) : null;
    await this.#load(async () => {
      const added = await reading.older({
        stopped: () => this.#reading !== reading || search !== this.#search,
        onStep: (_, progress) => {
          if (this.#reading === reading && search === this.#search) {
            this.#change({ search: progress });
          }
        },
      });
      if (this.#reading === reading) {
        if (anchor === null) this.#top += added;
        else this.#top = Math.max(0, placeOf(this.#list(), anchor));
      }
      if (search === this.#search) this.#change({ search: null });
      else reading.stopped = true;
    });
  }

  async #loadNewer(reading: Reading): Promise<void> {
    const newest = this.#tail.newest;
    // A paused list stays as it is: only what was let go of is read again.
    const upTo = this.state.get().mode === "paused" ? Math.min(newest, this.#seen) : newest;
    if (this.state.get().sorted !== null || (reading.rows.at(-1)?.seq ?? 0) >= upTo) return;
    const anchor = this.state.get().grouped ? (this.visible()[0]?.id ?? null) : null;
    await this.#load(async () => {
      const { added, removed } = await reading.newer(upTo);
      if (this.#reading !== reading) return;
      if (anchor === null) this.#top -= removed;
      else this.#top = Math.max(0, placeOf(this.#list(), anchor));
      const unread = added.filter((row) => row.seq > this.#seen).length;
      this.#seen = Math.max(this.#seen, added.at(-1)?.seq ?? 0);
      this.#change({ fresh: Math.max(0, this.state.get().fresh - unread) });
    });
  }

  /** Reads from the log, one thing at a time: the next to want something asks again anyway. */
  #load(work: () => Promise<void>): Promise<void> {
    if (this.#loading) return Promise.resolve();
    this.#loading = this.#guarded(work);
    return this.#loading;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#change({ problem: null });
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#loading = null;
      this.#tell(true);
    }
  }

  #refused(error: unknown): void {
    if (!(error instanceof Problem)) throw error;
    this.#change({ problem: error });
    const first = this.state.get().filter === null && error.code === "filter_invalid";
    if (first && this.#wanted !== "") void this.#showAll(error);
  }

  /** Nothing is on screen that could stay there: the whole log is better than nothing. */
  async #showAll(problem: Problem): Promise<void> {
    await this.setFilter("");
    this.#change({ problem });
  }

  #hear(event: GatewayEvent): void {
    if (event.type === "traffic") this.#take(event);
    if (event.type === "hello" || event.type === "lagged") void this.#catchUp();
    if (event.type === "log_changed") this.#heed(event.action, event.ids);
  }

  /** Somebody did something to requests, here or in another window. */
  #heed(action: LogAction, ids: readonly string[]): void {
    switch (action) {
      case "pinned":
      case "unpinned":
        return this.markPinned(ids, action === "pinned");
      case "removed":
        return this.remove(ids);
      case "restored":
        if (this.#reading) void this.#askAgain(ids);
        return void this.#catchUp();
      case "cleared":
        return void this.reload();
    }
  }

  #take(traffic: Traffic): void {
    this.#tail.take(traffic);
    this.#ended = Math.max(this.#ended, traffic.newest);
    this.cells.take(traffic.cells ?? []);
    const { mode, fresh } = this.state.get();
    this.pace.count(traffic.matched, Math.min(traffic.rows.length, this.#slots));
    if (this.#reading) {
      this.#reading.update(traffic.open, traffic.rows);
      if (traffic.matched > 0) this.#change({ fresh: fresh + traffic.matched });
    }
    if (mode !== "paused") this.#tell(false);
  }

  /** A stream has begun or lost something: what ended meanwhile is in the log, at the latest soon. */
  async #catchUp(): Promise<void> {
    const attempt = this.#attempt;
    const { filter } = this.state.get();
    if (filter === null) return void this.setFilter(this.#wanted);
    for (const wait of [0, WRITTEN_AFTER_MS]) {
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (attempt !== this.#attempt) return;
      try {
        // oxlint-disable-next-line no-await-in-loop
        const { rows } = await readOlder(this.#source.read, filter, null, { enough: 0 });
        if (attempt !== this.#attempt) return;
        this.#tail.join(rows);
        this.#tell(false);
      } catch (error) {
        if (attempt === this.#attempt) this.#refused(error);
      }
    }
  }

  #change(changes: Partial<LogState>): void {
    const present = this.state.get();
    const differs = Object.entries(changes).some(
      ([name, value]) => present[name as keyof LogState] !== value,
    );
    if (differs) this.state.set({ ...present, ...changes });
  }

  #tell(urgent: boolean): void {
    this.#change({ empty: this.#list().length === 0 });
    for (const listener of this.#listeners) listener(urgent);
  }
}
