import type { Versions } from "@/api/index.ts";

export type Weights = NonNullable<Versions["split"]>["weights"];

/**
 * The share of each version in whole percents that sum to 100, in the order of `names`. What
 * rounding leaves over goes to those it cut the most.
 */
export function sharesOf(weights: Weights, names: readonly string[]): number[] {
  const of = names.map((name) => weights.find(({ version }) => version === name)?.weight ?? 0);
  const whole = of.reduce((sum, weight) => sum + weight, 0);
  if (whole === 0) return even(names.length);
  const exact = of.map((weight) => (weight / whole) * 100);
  const shares = exact.map(Math.floor);
  const cut = exact.map((share, at) => ({ at, by: share - Math.floor(share) }));
  const left = 100 - shares.reduce((sum, share) => sum + share, 0);
  for (const { at } of cut.toSorted((a, b) => b.by - a.by || a.at - b.at).slice(0, left)) {
    shares[at] = (shares[at] ?? 0) + 1;
  }
  return shares;
}

/** The weights that give each version its share. */
export function weightsOf(shares: readonly number[], names: readonly string[]): Weights {
  return names.map((version, at) => ({ version, weight: shares[at] ?? 0 }));
}

/** As alike as whole percents can be, the first ones a little larger. */
export function even(count: number): number[] {
  const base = Math.floor(100 / count);
  return Array.from({ length: count }, (_, at) => base + (at < 100 - base * count ? 1 : 0));
}

/**
 * Gives the share at `at` another size. What it needs or frees is the other's at `from`, as far as
 * that goes, then the rest's in order.
 */
export function withShare(
  shares: readonly number[],
  at: number,
  share: number,
  from: number | null,
): number[] {
  const next = [...shares];
  next[at] = share;
  let over = next.reduce((sum, part) => sum + part, 0) - 100;
  const others = shares.map((_, other) => other).filter((other) => other !== at);
  const order = others.toSorted((a, b) => Number(b === from) - Number(a === from));
  for (const other of order) {
    const part = next[other] ?? 0;
    const taken = Math.min(over, part);
    next[other] = part - taken;
    over -= taken;
  }
  return next;
}

/** Moves the handle between the versions `at` and `at + 1` to `position`, counted from the left. */
export function withHandle(shares: readonly number[], at: number, position: number): number[] {
  const before = shares.slice(0, at).reduce((sum, share) => sum + share, 0);
  const both = (shares[at] ?? 0) + (shares[at + 1] ?? 0);
  const left = Math.min(Math.max(Math.round(position) - before, 0), both);
  return shares.with(at, left).with(at + 1, both - left);
}
