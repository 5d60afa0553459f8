/**
 * What can be said about a filter without knowing what it means: its parts, for colouring, and
 * adding or removing a term. Whether it can be read at all, and what it matches, only the gateway
 * says.
 */
export interface Token {
  kind: "key" | "value" | "operator" | "text" | "space";
  text: string;
}

const QUOTED = String.raw`"(?:\\.|[^"\\])*"?`;
const VALUE = String.raw`(?:${QUOTED}|[^\s()",]+)`;
const PART = new RegExp(
  [
    String.raw`(?<space>\s+)`,
    String.raw`(?<operator>[()]|-(?=\S)|(?:OR|NOT)(?=[\s(]|$))`,
    String.raw`(?<key>[A-Za-z][\w.-]*:)(?<value>(?:>=|<=|>|<|=|~)?${VALUE}?(?:,${VALUE}?)*)`,
    String.raw`(?<text>${QUOTED}|[^\s()"]+)`,
  ].join("|"),
  "gy",
);

/** The parts of a filter in order; joined together they are the filter again. */
export function tokens(filter: string): Token[] {
  const found: Token[] = [];
  for (const { groups = {} } of filter.matchAll(PART)) {
    for (const kind of ["space", "operator", "key", "value", "text"] as const) {
      const text = groups[kind];
      if (text) found.push({ kind, text });
    }
  }
  return found;
}

/** Adds `key:value`, or `-key:value`, unless it is there already; takes away its opposite. */
export function withTerm(
  filter: string,
  key: string,
  value: string,
  exclude = false,
  op: "" | "=" | ">=" = "",
): string {
  const wanted = `${exclude ? "-" : ""}${term(key, value, op)}`;
  const opposite = `${exclude ? "" : "-"}${term(key, value, op)}`;
  const kept = terms(filter).filter((part) => part !== opposite && part !== wanted);
  return [...kept, wanted].join(" ");
}

/** Whether the filter asks for `key:value`, alone or beside others (`status:4xx,5xx`). */
export function hasValue(filter: string, key: string, value: string): boolean {
  return terms(filter).some((part) => valuesOf(part, key)?.includes(value));
}

/** Adds the value to the term with this key, or takes it out: chips for one key mean "any of". */
export function toggledValue(filter: string, key: string, value: string): string {
  const parts = terms(filter);
  const at = parts.findIndex((part) => valuesOf(part, key) !== null);
  const present = valuesOf(parts[at] ?? "", key);
  if (present === null) return [...parts, term(key, value)].join(" ");
  const next = present.includes(value)
    ? present.filter((other) => other !== value)
    : [...present, value];
  const changed = next.length === 0 ? [] : [`${key}:${next.join(",")}`];
  return parts.toSpliced(at, 1, ...changed).join(" ");
}

/** `key:value`, in quotes where the value would otherwise end early or mean something else. */
export function term(key: string, value: string, op: "" | "=" | ">=" = ""): string {
  return `${key}:${op}${quoted(value)}`;
}

/** A term for exactly this value, such as `route:=orders`. */
export function exactTerm(key: string, value: string): string {
  return term(key, value, "=");
}

function quoted(value: string): string {
  const bare = /^[^\s()",<>=*"\\]+$/.test(value) && !value.includes("..");
  return bare ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** The values of a term such as `status:4xx,5xx`; `null` if it has another key or is no such term. */
function valuesOf(part: string, key: string): string[] | null {
  const prefix = `${key}:`;
  if (!part.startsWith(prefix) || part.includes('"')) return null;
  return part.slice(prefix.length).split(",").filter(Boolean);
}

/** What stands between spaces outside parentheses and quotes. */
function terms(filter: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let current = "";
  for (const { kind, text } of tokens(filter)) {
    if (text === "(") depth += 1;
    if (text === ")") depth = Math.max(0, depth - 1);
    if (kind === "space" && depth === 0) {
      if (current) found.push(current);
      current = "";
    } else current += text;
  }
  return current ? [...found, current] : found;
}

/** The filter bound to a stretch of time in place of the one it had; `null` leaves that end open. */
export function withTime(filter: string, since: string | null, until: string | null): string {
  const kept = terms(filter).filter((part) => !/^(since|until):/i.test(part));
  return [
    ...kept,
    ...(since === null ? [] : [`since:${since}`]),
    ...(until === null ? [] : [`until:${until}`]),
  ].join(" ");
}

/** The time that the filter is bound to on one side, as written; empty if it is open. */
export function timeOf(filter: string, side: "since" | "until"): string {
  const prefix = `${side}:`;
  const part = terms(filter).find((one) => one.toLowerCase().startsWith(prefix));
  return part?.slice(prefix.length) ?? "";
}

/** A moment as filters have it, the same wherever it is read. In microseconds since 1970. */
export function momentText(us: number): string {
  return new Date(us / 1000).toISOString().replace(/\.000Z$/, "Z");
}

/** The filter with other text in the place of a stretch of it. */
export function withReplaced(filter: string, from: number, to: number, text: string): string {
  return `${filter.slice(0, from)}${text}${filter.slice(to)}`;
}
