/** A stretch of time, in microseconds since 1970. */
export interface Span {
  fromUs: number;
  toUs: number;
}

/** The stretch that an address names, such as "1764590400000000-1764590401000000". */
export function spanOf(text: string | undefined): Span | null {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(text ?? "") ?? [];
  if (from === undefined || to === undefined || Number(to) < Number(from)) return null;
  return { fromUs: Number(from), toUs: Number(to) };
}
