import type { components } from "@/api/index.ts";

type Schemas = components["schemas"];

/** A cell that the gateway makes of a request's detail. */
export type Cell = Schemas["Cell"];
export type RowCells = Schemas["RowCells"];

/** Reads cells of requests, by their ids. */
export type ReadCells = (
  ids: readonly string[],
  columns: readonly string[],
) => Promise<readonly RowCells[]>;

/** Cells that are held: some screens to scroll back to at once. */
const MOST = 2000;
/** Rest between two questions. */
const REST_MS = 100;
/** How often it is asked again for a request that the log does not hold yet. */
const TRIES = 6;
const AGAIN_MS = 250;

/**
 * The cells of columns that are made of the detail of requests. Live rows bring theirs; of others
 * those on screen are asked for, one question at a time.
 */
export class DetailCells {
  columns: readonly string[] = [];
  readonly #read: ReadCells | undefined;
  readonly #arrived: () => void;
  readonly #known = new Map<string, readonly Cell[]>();
  readonly #tries = new Map<string, number>();
  #asking = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wanted: readonly string[] = [];

  /** `arrived` is called when there are more. */
  constructor(read: ReadCells | undefined, arrived: () => void) {
    this.#read = read;
    this.#arrived = arrived;
  }

  /** Other columns are shown; says whether they are others. */
  show(columns: readonly string[]): boolean {
    if (columns.join("\n") === this.columns.join("\n")) return false;
    this.columns = [...columns];
    this.#known.clear();
    this.#tries.clear();
    return true;
  }

  /** The cell of a request; `undefined` while it is not known. */
  of(id: string, column: string): Cell | undefined {
    return this.#known.get(id)?.[this.columns.indexOf(column)];
  }

  /** Rows brought theirs. */
  take(rows: readonly RowCells[]): void {
    for (const { id, cells } of rows) {
      if (cells.length !== this.columns.length) continue;
      this.#known.delete(id);
      this.#known.set(id, cells);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= MOST) break;
      this.#known.delete(id);
    }
  }

  /** These are on screen: asks for what is not known of them. */
  want(ids: readonly string[]): void {
    if (this.columns.length === 0 || !this.#read) return;
    this.#wanted = ids;
    if (!this.#asking && this.#timer === undefined) void this.#ask();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wanted = [];
  }

  async #ask(): Promise<void> {
    const columns = this.columns;
    const ids = this.#wanted.filter(
      (id) => !this.#known.has(id) && (this.#tries.get(id) ?? 0) < TRIES,
    );
    if (ids.length === 0 || !this.#read) return;
    this.#asking = true;
    try {
      const rows = await this.#read(ids, columns);
      if (columns !== this.columns) return;
      this.take(rows);
      for (const id of ids) {
        if (this.#known.has(id)) this.#tries.delete(id);
        else this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1);
      }
      if (rows.length > 0) this.#arrived();
    } catch {
      // The rows stay without them; what is wrong with the gateway is said elsewhere.
      for (const id of ids) this.#tries.set(id, (this.#tries.get(id) ?? 0) + 1);
    } finally {
      this.#asking = false;
      const again = ids.every((id) => !this.#known.has(id));
      this.#timer = setTimeout(
        () => {
          this.#timer = undefined;
          void this.#ask();
        },
        again ? AGAIN_MS : REST_MS,
      );
    }
  }
}

const MISSING: Record<Schemas["Missing"], string> = {
  absent: "not there",
  no_limit: "no limit was asked",
  no_answer: "there was no answer",
  no_body: "the body is empty",
  not_kept: "the body was not kept",
  partial: "only the beginning of the body was kept",
  not_json: "the body is not JSON",
};

/** Why a cell says nothing, for a title and for a screen reader. */
export function whyMissing({ missing }: Cell): string {
  return missing == null ? "" : MISSING[missing];
}
