import type { LogColumn, TimeStyle } from "./columns.ts";
import type { Cell } from "./detailCells.ts";
import { type Shown, placeOf } from "./repeats.ts";
import { Row } from "./row.ts";
import { barScale } from "./stageBar.ts";

/** What is to be shown. */
export interface Screen {
  rows: readonly Shown[];
  /** The place of the first of them, where rows are counted by that and not by their numbers. */
  first: number | null;
  /** The highest number in the log: rows that still run come after it. */
  newest: number;
  selected: string | null;
  active: string | null;
  column: number | null;
  /** The ids of the requests that are selected together. */
  picked: ReadonlySet<string>;
  /** The request that is marked to be compared. */
  marked: string | null;
  time: TimeStyle;
  /** When the request of the row above the first began. */
  beforeUs: number | null;
  /** The paths that routes match, by their names. */
  paths: ReadonlyMap<string, string>;
  cellOf: (id: string, column: string) => Cell | undefined;
}

/** The rows on screen: as many elements as fit, made once, each always in its place. */
export class RowPool {
  /** How often the page was changed, for tests. */
  writes = 0;
  readonly #body: HTMLElement;
  readonly #id: string;
  readonly #rows: Row[] = [];
  readonly #columns: readonly LogColumn[];
  #shown: readonly Shown[] = [];

  constructor(body: HTMLElement, id: string, columns: readonly LogColumn[]) {
    this.#body = body;
    this.#columns = columns;
    this.#id = id;
  }

  /** How many rows there are room for. */
  resize(slots: number): void {
    while (this.#rows.length > slots) this.#rows.pop()?.element.remove();
    while (this.#rows.length < slots) {
      const row = new Row(`${this.#id}-row-${this.#rows.length}`, this.#columns, () => {
        this.writes += 1;
      });
      this.#rows.push(row);
      this.#body.append(row.element);
    }
  }

  /** Shows these rows; gives the id of the element that is current, if it is on screen. */
  paint(screen: Screen): string | null {
    const { rows, first, newest, selected, active, column, marked, time, paths, cellOf } = screen;
    const { picked } = screen;
    const [openAt, activeAt] = [placeOf(rows, selected), placeOf(rows, active)];
    const scale = barScale(rows);
    const now = Date.now();
    let current: string | null = null;
    for (const [at, row] of this.#rows.entries()) {
      const exchange = rows[at];
      const isActive = exchange !== undefined && at === activeAt;
      const numbered = exchange && exchange.seq > 0 ? exchange.seq + 1 : newest + at + 2;
      const index = first === null ? numbered : first + at + 2;
      row.show(exchange, {
        index,
        scale,
        selected: exchange !== undefined && at === openAt,
        active: isActive,
        column: isActive ? column : null,
        picked: exchange !== undefined && picked.has(exchange.id),
        marked: marked !== null && exchange?.id === marked,
        time,
        beforeUs: at === 0 ? screen.beforeUs : (rows[at - 1]?.started_at_us ?? null),
        now,
        paths,
        cellOf,
      });
      if (isActive) current = column === null ? row.element.id : row.cellId(column);
    }
    this.#shown = rows;
    return current;
  }

  /** Goes on counting for requests that are under way; touches nothing else. */
  tick(now: number): void {
    for (const row of this.#rows) row.tick(now);
  }

  /** The row and column an element of the page belongs to. */
  at(target: EventTarget | null): { exchange: Shown; column: number | null } | null {
    if (!(target instanceof Element)) return null;
    const slot = this.#rows.findIndex((row) => row.element.contains(target));
    const exchange = this.#shown[slot];
    if (!exchange) return null;
    const column = target.closest<HTMLElement>("[data-column]")?.dataset.column;
    return { exchange, column: column === undefined ? null : Number(column) };
  }
}
