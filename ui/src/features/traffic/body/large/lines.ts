import type { components } from "@/api/index.ts";
import { bytesOf, MOST_LINE, SHOWN_OF_LINE } from "../../bodyText.ts";

export type BodyIndex = components["schemas"]["BodyIndex"];
export type BodyPage = components["schemas"]["BodyPage"];

/** A line as far as it is shown. */
export interface Line {
  text: string;
  /** Bytes of it that are not shown, about. */
  more: number;
}

/** The page in which a line begins. */
export function pageOf({ page_lines }: BodyIndex, line: number): number {
  let [low, high] = [0, page_lines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((page_lines[middle] ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return Math.max(low - 1, 0);
}

/** The pages in which the lines from one to another, that one included, begin. */
export function pagesOf(index: BodyIndex, first: number, last: number): number[] {
  const [from, to] = [pageOf(index, first), pageOf(index, last)];
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

/** The lines of a text that begin on a page, very long ones cut short. */
export function linesOf(page: BodyPage): readonly Line[] {
  const pieces = (page.text ?? "").split("\n");
  // What goes on from the page before is no line of this one.
  if (page.begins_inside) pieces.shift();
  const { rest_of_last_line: rest } = page;
  return pieces.map((piece, at) => {
    const beyond = at === pieces.length - 1 ? rest : 0;
    if (piece.length + beyond <= MOST_LINE) return { text: piece, more: 0 };
    const text = piece.slice(0, SHOWN_OF_LINE);
    return { text, more: piece.length - text.length + beyond };
  });
}

const BYTES = new WeakMap<BodyPage, Uint8Array>();

/** The bytes of a page of what is no text. */
export function bytesOfPage(page: BodyPage): Uint8Array {
  const known = BYTES.get(page) ?? bytesOf(page.base64 ?? "");
  BYTES.set(page, known);
  return known;
}

const LINES = new WeakMap<BodyPage, readonly Line[]>();

/** A line of a text, from the page on which it begins. */
export function lineOf(page: BodyPage, line: number): Line | undefined {
  const known = LINES.get(page) ?? linesOf(page);
  LINES.set(page, known);
  return known[line - page.first_line];
}
