import { type Exchange, isRunning } from "./exchange.ts";

/** Requests in a row with the same method, route and status, shown as one. */
export interface Repeats {
  count: number;
  leastUs: number;
  medianUs: number;
  mostUs: number;
  /** Whether their paths differ. */
  onOtherPaths: boolean;
  ids: ReadonlySet<string>;
}

/** A row on screen: an exchange, or the newest of several that stand for each other. */
export type Shown = Exchange & { repeats?: Repeats };

/** Makes one row of each run of rows that say the same. */
export function groupRepeats(rows: readonly Exchange[]): Shown[] {
  const groups: Exchange[][] = [];
  for (const row of rows) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    if (last && before && alike(before, row)) last.push(row);
    else groups.push([row]);
  }
  return groups.map(oneOf);
}

function alike(a: Exchange, b: Exchange): boolean {
  return (
    !isRunning(a) &&
    !isRunning(b) &&
    a.method === b.method &&
    a.status === b.status &&
    (a.route ?? null) === (b.route ?? null) &&
    (a.version ?? null) === (b.version ?? null)
  );
}

function oneOf(group: readonly Exchange[]): Shown {
  const newest = group.at(-1);
  if (!newest) throw new Error("A group has a row");
  if (group.length === 1) return newest;
  const durations = group.map((row) => row.duration_us).toSorted((a, b) => a - b);
  const at = (index: number) => durations[index] ?? 0;
  return {
    ...newest,
    repeats: {
      count: group.length,
      leastUs: at(0),
      medianUs: at(Math.floor((durations.length - 1) / 2)),
      mostUs: at(durations.length - 1),
      onOtherPaths: group.some(({ path }) => path !== newest.path),
      ids: new Set(group.map(({ id }) => id)),
    },
  };
}

/** Where a request stands among rows, by itself or in a group; -1 if it does not. */
export function placeOf(rows: readonly Shown[], id: string | null): number {
  if (id === null) return -1;
  return rows.findIndex((row) => row.id === id || row.repeats?.ids.has(id) === true);
}
