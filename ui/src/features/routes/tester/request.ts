import type { SavedTest } from "../savedTests/queries.ts";
import { lineOfTest } from "../savedTests/testText.ts";

/** A request to look a route up for. */
export interface TestRequest {
  method: string;
  /** A whole URL, or a path with its query. */
  url: string;
  /** One a line: `X-Beta: 1`. */
  headers: string;
}

export interface HeaderLine {
  name: string;
  value: string;
}

/** "GET /orders?limit=1", "/orders", or only "GET": a method, if one is given, and a URL. */
export function requestOf(line: string): TestRequest {
  const [, method = "GET", url = ""] =
    /^(?:([!#$%&'*+.^_`|~\w-]+)(?:\s+|$))?(.*)$/.exec(line.trim()) ?? [];
  return { method, url, headers: "" };
}

/** A saved test as it is typed. */
export function requestOfTest(test: SavedTest): TestRequest {
  const headers = (test.headers ?? []).map(({ name, value }) => `${name}: ${value}`);
  return { ...requestOf(lineOfTest(test)), headers: headers.join("\n") };
}

/**
 * The request in a line, as the address keeps it; never empty, for the address drops what is.
 * Headers may hold secrets: they stay out.
 */
export function lineOf({ method, url }: TestRequest): string {
  return `${method.trim() || "GET"} ${url.trim()}`.trim();
}

/** The whole URL; a path alone is asked of `base`. */
export function wholeUrl(url: string, base: string): string {
  const typed = url.trim();
  if (typed === "" || typed.startsWith("/") || typed.startsWith("?")) {
    return `${base.replace(/\/$/, "")}${typed.startsWith("/") ? "" : "/"}${typed}`;
  }
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `http://${typed}`;
}

/** Headers by line; the first line that is none, in its place. */
export function readHeaders(text: string): { lines: HeaderLine[]; problem?: string } {
  const lines: HeaderLine[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, name, value = ""] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) {
      return { lines, problem: `\`${line.trim()}\` is no header; write \`Name: value\`` };
    }
    lines.push({ name, value });
  }
  return { lines };
}

/** A request of the log, as far as the log keeps it: secrets are masked there. */
export function requestFromLog(
  summary: { method: string; host: string; path: string; query?: string | null },
  headers: readonly HeaderLine[],
): TestRequest {
  const query = summary.query == null ? "" : `?${summary.query}`;
  return {
    method: summary.method,
    url: `http://${summary.host}${summary.path}${query}`,
    headers: headers
      .filter(({ name }) => name.toLowerCase() !== "host")
      .map(({ name, value }) => `${name}: ${value}`)
      .join("\n"),
  };
}
