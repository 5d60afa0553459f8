import { format } from "@/ui/index.ts";

/**
 * JSON with a line for each member. Only white space changes: numbers keep every digit, members
 * their order and duplicates stay. `null` if it is no JSON.
 */
export function formatJson(text: string): string | null {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return null;
  try {
    JSON.parse(trimmed);
  } catch {
    return null;
  }
  let out = "";
  let depth = 0;
  for (const [part] of trimmed.matchAll(JSON_PART)) {
    const [first, last] = [part.at(0), part.at(-1)];
    if (part === ":") out += ": ";
    else if (part === ",") out += `,${newLine(depth)}`;
    else if (part === "{" || part === "[") out += part + newLine((depth += 1));
    else if (part === "}" || part === "]") out += newLine((depth -= 1)) + part;
    else if (first === "{" || first === "[") out += `${first}${last}`;
    else out += part;
  }
  return out;
}

/** Strings, empty containers, punctuation, and everything else up to the next of these. */
const JSON_PART = /"(?:\\.|[^"\\])*"|\{\s*\}|\[\s*\]|[{}[\],:]|[^\s"{}[\],:]+/g;

const newLine = (depth: number) => `\n${"  ".repeat(depth)}`;

/** The bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** Bytes in a line of hex. */
export const PER_LINE = 16;

/** A line of offset, counted from `base`, 16 bytes in hex, and the letters among them. */
export function hexLine(bytes: Uint8Array, at: number, base = 0): string {
  const part = [...bytes.subarray(at, at + PER_LINE)];
  const hex = part.map((byte) => byte.toString(16).padStart(2, "0"));
  const letters = part.map((byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
  );
  const [left, right] = [hex.slice(0, 8).join(" "), hex.slice(8).join(" ")];
  const offset = (base + at).toString(16).padStart(6, "0");
  return `${offset}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${letters.join("")}`;
}

/** All bytes as such lines. */
export function hexLines(bytes: Uint8Array): string {
  const count = Math.ceil(bytes.length / PER_LINE);
  return Array.from({ length: count }, (_, line) => hexLine(bytes, line * PER_LINE)).join("\n");
}

/** Characters of a line beyond which no browser lays it out in time. */
export const MOST_LINE = 10_000;
/** How many are shown of such a line. */
export const SHOWN_OF_LINE = 2_000;

/** A text whose lines are cut short where they are very long, and whether one was. */
export function shortLines(text: string): { shown: string; cut: boolean } {
  if (text.length <= MOST_LINE) return { shown: text, cut: false };
  let cut = false;
  const lines = text.split("\n").map((line) => {
    if (line.length <= MOST_LINE) return line;
    cut = true;
    const more = format.bytes(line.length - SHOWN_OF_LINE);
    return `${line.slice(0, SHOWN_OF_LINE)}… + ${more} on this line`;
  });
  return { shown: cut ? lines.join("\n") : text, cut };
}
