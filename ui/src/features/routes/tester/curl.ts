import type { TestRequest } from "./request.ts";

/** Options of one letter that take a value. */
const SHORT_WITH_VALUE = /^[AbcCdDeEFHKmoPQrtTuUwxXyYz]$/;
/** Longer ones that take a value and do not change which route takes the request. */
const LONG_WITH_VALUE = new Set([
  "cacert",
  "capath",
  "cert",
  "connect-timeout",
  "connect-to",
  "cookie-jar",
  "dump-header",
  "interface",
  "key",
  "limit-rate",
  "max-redirs",
  "max-time",
  "output",
  "proxy",
  "range",
  "resolve",
  "retry",
  "unix-socket",
  "write-out",
]);
const DATA = new Set([
  "d",
  "data",
  "data-raw",
  "data-binary",
  "data-ascii",
  "data-urlencode",
  "json",
  "F",
  "form",
]);
const HEADERS: Record<string, string> = {
  A: "User-Agent",
  "user-agent": "User-Agent",
  e: "Referer",
  referer: "Referer",
  b: "Cookie",
  cookie: "Cookie",
};

/** The request that a curl command sends; `null` for text that is no such command. */
export function readCurl(command: string): TestRequest | null {
  const words = wordsOf(command.trim());
  if (!/^(.*[/\\])?curl(\.exe)?$/i.test(words[0] ?? "")) return null;
  return new CurlReader(words.slice(1)).read();
}

class CurlReader {
  private method: string | null = null;
  private url: string | null = null;
  private readonly headers: string[] = [];
  private readonly data: string[] = [];
  private sends = false;
  private asGet = false;

  private readonly words: string[];

  constructor(words: string[]) {
    this.words = words;
  }

  read(): TestRequest | null {
    for (let word = this.words.shift(); word !== undefined; word = this.words.shift()) {
      if (word.startsWith("--")) this.long(word.slice(2));
      else if (word.startsWith("-") && word.length > 1) this.short(word.slice(1));
      else this.url ??= word;
    }
    if (this.url === null) return null;
    const body = this.sends && !this.asGet;
    return {
      method: this.method ?? (body ? "POST" : "GET"),
      url: this.asGet && this.data.length > 0 ? withQuery(this.url, this.data.join("&")) : this.url,
      headers: this.headers.join("\n"),
    };
  }

  private long(text: string) {
    const [name = "", ...rest] = text.split("=");
    if (rest.length > 0 && name !== "") this.words.unshift(rest.join("="));
    this.option(name, rest.length > 0);
  }

  /** `-sXPOST`: flags may stand together, a value may follow at once. */
  private short(text: string) {
    const name = text[0] ?? "";
    const rest = text.slice(1);
    const takesValue = SHORT_WITH_VALUE.test(name);
    if (takesValue && rest !== "") this.words.unshift(rest);
    this.option(name, takesValue);
    if (!takesValue && rest !== "") this.short(rest);
  }

  private option(name: string, hasValue: boolean) {
    const header = HEADERS[name];
    if (name === "X" || name === "request") this.method = this.value();
    else if (name === "url") this.url = this.value();
    else if (name === "H" || name === "header") this.headers.push(this.value());
    else if (header !== undefined) this.headers.push(`${header}: ${this.value()}`);
    else if (name === "u" || name === "user") this.basic(this.value());
    else if (DATA.has(name)) this.body(name, this.value());
    else if (name === "G" || name === "get") this.asGet = true;
    else if (name === "I" || name === "head") this.method ??= "HEAD";
    else if (hasValue || LONG_WITH_VALUE.has(name)) this.value();
  }

  private value(): string {
    return this.words.shift() ?? "";
  }

  private basic(userAndPassword: string) {
    const bytes = new TextEncoder().encode(userAndPassword);
    this.headers.push(`Authorization: Basic ${btoa(String.fromCharCode(...bytes))}`);
  }

  private body(name: string, value: string) {
    this.sends = true;
    this.data.push(value);
    if (name === "json") this.headers.push("Content-Type: application/json");
  }
}

function withQuery(url: string, query: string): string {
  return `${url}${url.includes("?") ? "&" : "?"}${query}`;
}

/** The words of a command as a shell cuts it: quotes, `$'…'`, backslashes, lines joined by `\`. */
function wordsOf(command: string): string[] {
  const part =
    /\$'((?:\\.|[^'\\])*)'|'([^']*)'|"((?:\\.|[^"\\])*)"|\\(\r?\n|.)|([^\s'"\\]+)|(\s+)/gs;
  const words: string[] = [];
  let word: string | null = null;
  for (const [, ansi, single, double, escaped, plain, space] of command.matchAll(part)) {
    if (space !== undefined) {
      if (word !== null) words.push(word);
      word = null;
      continue;
    }
    // A line that ends in a backslash goes on in the next.
    if (escaped !== undefined && /^\r?\n$/.test(escaped)) continue;
    const quoted = double?.replaceAll(/\\(["\\$`\n])/g, "$1");
    const text =
      ansi === undefined ? (single ?? quoted ?? escaped ?? plain ?? "") : unescapeAnsi(ansi);
    word = `${word ?? ""}${text}`;
  }
  return word === null ? words : [...words, word];
}

const ANSI: Record<string, string> = { n: "\n", t: "\t", r: "\r" };

function unescapeAnsi(text: string): string {
  return text.replaceAll(/\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)/gis, (_, code: string) =>
    code.length > 1
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (ANSI[code] ?? code),
  );
}
