/** A unit a person may count in, and how many of the smallest it is. */
export interface Unit {
  name: string;
  is: number;
}

/** Units of a size, largest first. */
export const SIZES: readonly Unit[] = [
  { name: "GiB", is: 1024 ** 3 },
  { name: "MiB", is: 1024 ** 2 },
  { name: "KiB", is: 1024 },
  { name: "B", is: 1 },
];

/** Units of a time, largest first. */
export const TIMES: readonly Unit[] = [
  { name: "h", is: 3_600_000 },
  { name: "min", is: 60_000 },
  { name: "s", is: 1000 },
  { name: "ms", is: 1 },
];

/** An amount in the largest unit in which it is a whole number: 65536 is 64 KiB. */
export function inUnit(amount: number, units: readonly Unit[]): { count: number; unit: Unit } {
  const smallest = units[units.length - 1] as Unit;
  // Nothing is nothing in every unit; the second smallest is the likeliest to be wanted next.
  const unit =
    amount === 0
      ? (units[units.length - 2] ?? smallest)
      : (units.find((one) => amount % one.is === 0) ?? smallest);
  return { count: amount / unit.is, unit };
}
