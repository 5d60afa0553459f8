import type { Exchange } from "./exchange.ts";
import { Row } from "./row.ts";
import { barScale } from "./stageBar.ts";

/** What is to be shown. */
export interface Screen {
  rows: readonly Exchange[];
  /** The highest number in the log: rows that still run come after it. */
  newest: number;
  selected: string | null;
  active: string | null;
  column: number | null;
}

/** The rows on screen: as many elements as fit, made once, each always in its place. */
export class RowPool {
  /** How often the page was changed, for tests. */
  writes = 0;
  readonly #body: HTMLElement;
  readonly #id: string;
  readonly #rows: Row[] = [];
  #shown: readonly Exchange[] = [];

  constructor(body: HTMLElement, id: string) {
    this.#body = body;
    this.#id = id;
  }

  /** How many rows there are room for. */
  resize(slots: number): void {
    while (this.#rows.length > slots) this.#rows.pop()?.element.remove();
    while (this.#rows.length < slots) {
      const row = new Row(`${this.#id}-row-${this.#rows.length}`, () => {
        this.writes += 1;
      });
      this.#rows.push(row);
      this.#body.append(row.element);
    }
  }

  /** Shows these rows; gives the id of the element that is current, if it is on screen. */
  paint({ rows, newest, selected, active, column }: Screen): string | null {
    const scale = barScale(rows);
    let current: string | null = null;
    for (const [at, row] of this.#rows.entries()) {
      const exchange = rows[at];
      const isActive = exchange !== undefined && exchange.id === active;
      const index = exchange && exchange.seq > 0 ? exchange.seq + 1 : newest + at + 2;
      row.show(exchange, {
        index,
        scale,
        selected: exchange !== undefined && exchange.id === selected,
        active: isActive,
        column: isActive ? column : null,
      });
      if (isActive) current = column === null ? row.element.id : row.cellId(column);
    }
    this.#shown = rows;
    return current;
  }

  /** The row and column an element of the page belongs to. */
  at(target: EventTarget | null): { exchange: Exchange; column: number | null } | null {
    if (!(target instanceof Element)) return null;
    const slot = this.#rows.findIndex((row) => row.element.contains(target));
    const exchange = this.#shown[slot];
    if (!exchange) return null;
    const column = target.closest<HTMLElement>("[data-column]")?.dataset.column;
    return { exchange, column: column === undefined ? null : Number(column) };
  }
}
