/** A JSON value as it is written: numbers keep their digits, members their order and repetitions. */
export type JsonNode =
  | { kind: "scalar"; text: string }
  | { kind: "object"; members: readonly { name: string; value: JsonNode }[] }
  | { kind: "array"; items: readonly JsonNode[] };

/** Strings, punctuation, and whatever else there is up to the next of these. */
const TOKEN = /"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** How deep a document is shown as a tree; a deeper one is shown as text. */
const DEEPEST = 200;

/** A document that is known to be JSON as a tree, or `null` where it is too deep for one. */
export function jsonTree(text: string): JsonNode | null {
  const tokens = text.match(TOKEN) ?? [];
  let at = 0;
  const read = (depth: number): JsonNode | null => {
    const token = tokens[at++];
    if (token === undefined || depth > DEEPEST) return null;
    if (token === "{") {
      const members: { name: string; value: JsonNode }[] = [];
      while (tokens[at] !== "}") {
        if (tokens[at] === ",") at += 1;
        const name = tokens[at];
        if (name === undefined) return null;
        at += 2;
        const value = read(depth + 1);
        if (value === null) return null;
        members.push({ name: unquoted(name), value });
      }
      at += 1;
      return { kind: "object", members };
    }
    if (token === "[") {
      const items: JsonNode[] = [];
      while (tokens[at] !== "]") {
        if (tokens[at] === ",") at += 1;
        const value = read(depth + 1);
        if (value === null) return null;
        items.push(value);
      }
      at += 1;
      return { kind: "array", items };
    }
    return { kind: "scalar", text: token };
  };
  return read(0);
}

function unquoted(name: string): string {
  try {
    return JSON.parse(name) as string;
  } catch {
    return name;
  }
}
