import type { LogColumn, TimeStyle } from "./columns.ts";
import { type Cell, whyMissing } from "./detailCells.ts";
import type { Shown } from "./repeats.ts";
import { isRunning } from "./exchange.ts";
import { rowText, timeText } from "./rowText.ts";
import { barImage, barIsCut } from "./stageBar.ts";

/** Everything about how a row stands beside what it says. */
export interface RowPlace {
  /** Number of the row in the whole log, the header being 1. */
  index: number;
  /** Its detail is open. */
  selected: boolean;
  /** It is the current row. */
  active: boolean;
  /** The current column, in the current row. */
  column: number | null;
  /** What a whole stage bar stands for, in microseconds. */
  scale: number;
  /** It is one of several that are selected. */
  picked: boolean;
  /** It is marked to be compared. */
  marked: boolean;
  time: TimeStyle;
  /** When the request of the row above began, if there is one. */
  beforeUs: number | null;
  /** When it is now, in milliseconds. */
  now: number;
  /** The paths that routes match, by their names. */
  paths: ReadonlyMap<string, string>;
  /** The cell of a column that is made of a request's detail; `undefined` while it is not known. */
  cellOf: (id: string, column: string) => Cell | undefined;
}

/**
 * One row of the log as elements that are made once. Writing the same value again costs a
 * comparison and touches nothing.
 */
export class Row {
  readonly element = document.createElement("div");
  readonly #cells: HTMLElement[];
  readonly #badge = document.createElement("span");
  readonly #shape = document.createElement("span");
  readonly #stream = document.createElement("span");
  readonly #times = document.createElement("span");
  readonly #cache = document.createElement("span");
  readonly #query = document.createElement("span");
  readonly #route = document.createElement("span");
  readonly #columns: readonly LogColumn[];
  readonly #texts = new Map<string, Text>();
  /** The texts of columns that say just what the exchange has there. */
  readonly #plain: { node: Text; read: (exchange: Shown) => string; cell: HTMLElement }[] = [];
  /** The texts of columns that are made of a request's detail. */
  readonly #details: { node: Text; column: string; cell: HTMLElement }[] = [];
  readonly #written = new Map<string, string>();
  readonly #counted: () => void;
  #shown: Shown | null = null;
  #statusLabel = "";
  #scale = 0;

  /** `counted` is called for each change of the page. */
  constructor(id: string, columns: readonly LogColumn[], counted: () => void) {
    this.#columns = columns;
    this.#counted = counted;
    this.element.id = id;
    this.element.className = "log-row";
    this.element.setAttribute("role", "row");
    this.#cells = columns.map((column, at) => {
      const cell = document.createElement("div");
      cell.id = `${id}-${at}`;
      cell.className = cellClass(column);
      cell.setAttribute("role", "gridcell");
      cell.setAttribute("aria-colindex", String(at + 1));
      cell.dataset.column = String(at);
      if (column.detail === true) cell.classList.add("log-detail");
      this.element.append(cell);
      return cell;
    });
    this.#badge.append(this.#shape);
    this.#cell("status")?.append(this.#badge);
    // A long name of a route is cut short, its version never.
    this.#route.className = "log-route-name";
    this.#cell("route")?.append(this.#route);
    this.#addText("route", this.#route);
    this.#addText("version", this.#cell("route"));
    this.#cache.className = "log-cache";
    this.#cell("note")?.append(this.#cache);
    this.#addText("cache", this.#cache);
    for (const name of ["time", "method", "path", "key", "note", "ms", "size"]) {
      this.#addText(name, this.#cell(name));
    }
    this.#addText("status", this.#badge);
    this.#stream.className = "log-stream";
    this.#times.className = "log-times";
    this.#cell("path")?.prepend(this.#times, this.#stream);
    this.#addText("times", this.#times);
    this.#addText("stream", this.#stream);
    this.#query.className = "log-query";
    this.#cell("path")?.append(this.#query);
    this.#addText("query", this.#query);
    for (const { id: name, text, detail } of columns) {
      const cell = this.#cell(name);
      if ((!text && detail !== true) || !cell) continue;
      const node = document.createTextNode("");
      cell.append(node);
      if (text) this.#plain.push({ node, read: text, cell });
      else this.#details.push({ node, column: name, cell });
    }
  }

  /** The cell of a column, for `aria-activedescendant`. */
  cellId(column: number): string {
    return this.#cells[column]?.id ?? this.element.id;
  }

  /** Shows an exchange, or nothing. */
  show(exchange: Shown | undefined, place: RowPlace): void {
    this.#attribute(this.element, "hidden", exchange === undefined ? "" : null);
    if (exchange === undefined) return;
    if (exchange !== this.#shown) this.#say(exchange, place.now);
    if (exchange !== this.#shown || place.scale !== this.#scale) this.#draw(exchange, place.scale);
    this.#shown = exchange;
    this.#scale = place.scale;
    this.#sayTime(exchange, place);
    for (const detail of this.#details) {
      this.#sayDetail(detail, place.cellOf(exchange.id, detail.column));
    }
    this.#attribute(this.element, "data-mark", markOf(exchange, place.marked));
    this.#attribute(this.#cell("path"), "title", pathTitle(exchange, place.paths));
    const marks = `${exchange.pinned === true ? ", pinned" : ""}${place.marked ? ", marked to be compared" : ""}`;
    const status = `${this.#statusLabel}${marks}`;
    this.#attribute(this.#cell("status"), "aria-label", status);
    this.#attribute(this.element, "aria-rowindex", String(place.index));
    this.#attribute(this.element, "aria-selected", String(place.selected || place.picked));
    this.#attribute(this.element, "data-picked", place.picked ? "" : null);
    this.#attribute(this.element, "data-active", place.active ? "" : null);
    for (const [at, cell] of this.#cells.entries()) {
      this.#attribute(cell, "data-active", at === place.column ? "" : null);
    }
  }

  /** Writes how long a request has been under way, where it still is. */
  tick(now: number): void {
    const shown = this.#shown;
    if (!shown || this.element.hidden || !isRunning(shown)) return;
    const { status, ms } = rowText(shown, now);
    this.#write(this.#texts.get("status"), status);
    this.#write(this.#texts.get("ms"), ms);
  }

  /** It may say something else at another time, or under another row. */
  #sayTime({ started_at_us: us }: Shown, { time, beforeUs, now }: RowPlace): void {
    this.#write(this.#texts.get("time"), timeText(us, time, beforeUs, now));
    const title = time === "absolute" ? null : timeText(us, "absolute", null, now);
    this.#attribute(this.#cell("time"), "title", title);
  }

  #sayDetail({ node, cell }: { node: Text; cell: HTMLElement }, known: Cell | undefined): void {
    const missing = known && known.text == null ? whyMissing(known) : null;
    const text = known?.text == null ? (known ? "–" : "") : `${known.text}${known.cut ? "…" : ""}`;
    this.#write(node, text);
    this.#attribute(cell, "title", missing ?? (text === "" ? null : text));
    this.#attribute(cell, "aria-label", missing === null ? null : `No value: ${missing}`);
  }

  #write(node: Text | undefined, value: string): void {
    if (!node || node.data === value) return;
    node.data = value;
    this.#counted();
  }

  #say(exchange: Shown, now: number): void {
    const text = rowText(exchange, now);
    for (const [name, node] of this.#texts) {
      const value = text[name as keyof typeof text];
      if (typeof value === "string") this.#write(node, value);
    }
    for (const { node, read, cell } of this.#plain) {
      const value = read(exchange);
      if (node.data === value) continue;
      node.data = value;
      this.#attribute(cell, "title", value);
      this.#counted();
    }
    const { look } = text;
    this.#attribute(this.#shape, "class", `shape shape-${look.shape}`);
    this.#attribute(this.#badge, "class", `log-badge log-tone-${look.tone}`);
    this.#attribute(this.#cell("status"), "data-gateway", text.fromGateway ? "" : null);
    this.#statusLabel = text.statusLabel;
    this.#attribute(this.#cell("stages"), "aria-label", text.stagesLabel);
    this.#attribute(this.#cache, "hidden", text.cache === "" ? "" : null);
    this.#attribute(this.#cache, "data-kept", text.isKept ? "" : null);
    this.#attribute(this.#stream, "hidden", text.stream === "" ? "" : null);
    this.#attribute(this.#times, "hidden", text.times === "" ? "" : null);
    this.#attribute(this.#cell("ms"), "title", text.msTitle || null);
    this.#attribute(this.#cell("route"), "title", text.route + text.version);
    const toned = text.note !== "" && exchange.repeats === undefined;
    this.#attribute(this.#cell("note"), "data-tone", toned ? look.tone : null);
    // All of it is in the detail, too.
    this.#attribute(this.#cell("note"), "title", text.note || null);
    const soFar = isRunning(exchange) ? `${exchange.status} so far` : null;
    this.#attribute(this.#cell("status"), "title", soFar);
  }

  #draw(exchange: Shown, scale: number): void {
    const bar = this.#cell("stages");
    if (!bar) return;
    const image = barImage(exchange, scale);
    if (this.#written.get("bar") !== image) {
      this.#written.set("bar", image);
      bar.style.backgroundImage = image;
      this.#counted();
    }
    this.#attribute(bar, "data-cut", barIsCut(exchange, scale) ? "" : null);
  }

  /** The cell of a column, if it is shown. */
  #cell(id: string): HTMLElement | undefined {
    return this.#cells[this.#columns.findIndex((column) => column.id === id)];
  }

  #addText(name: string, into: HTMLElement | undefined): void {
    if (!into) return;
    const text = document.createTextNode("");
    this.#texts.set(name, text);
    into.append(text);
  }

  #attribute(element: HTMLElement | undefined, name: string, value: string | null): void {
    if (!element || element.getAttribute(name) === value) return;
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
    this.#counted();
  }
}

/** The classes of a column's cells; those of a header or a path have no class of their own. */
export function cellClass({ id, align }: LogColumn): string {
  const own = /^[a-z]+$/.test(id) ? ` log-${id}` : "";
  return `log-cell${own}${align ? ` log-${align}` : ""}`;
}

/** The whole path, and which one of a route it matched. */
function pathTitle({ path, query, route }: Shown, paths: ReadonlyMap<string, string>): string {
  const matched = route == null ? undefined : paths.get(route);
  const asked = query == null ? path : `${path}?${query}`;
  return matched === undefined ? asked : `${asked}\n${route} matches ${matched}`;
}

/** What stands before the row: it is marked, or pinned, or repeats another request. */
function markOf(exchange: Shown, marked: boolean): string | null {
  if (marked) return exchange.pinned === true ? "compare pinned" : "compare";
  if (exchange.pinned === true) return "pinned";
  return exchange.origin === "replay" ? "replayed" : null;
}
