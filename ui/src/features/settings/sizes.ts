/** Units of a size a person types, largest first. */
export const UNITS = ["GiB", "MiB", "KiB", "B"] as const;
export type Unit = (typeof UNITS)[number];

const BYTES: Record<Unit, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A size in the largest unit in which it is a whole number: 65536 is 64 KiB. */
export function inUnit(bytes: number): { count: number; unit: Unit } {
  const unit = bytes === 0 ? "KiB" : (UNITS.find((one) => bytes % BYTES[one] === 0) ?? "B");
  return { count: bytes / BYTES[unit], unit };
}

export function toBytes(count: number, unit: Unit): number {
  return count * BYTES[unit];
}
