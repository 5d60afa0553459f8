import type { components } from "@/api/index.ts";
import type { Detail } from "../queries.ts";

type Schemas = components["schemas"];
export type Asked = Schemas["RequestToExplain"];
export type Explanation = Schemas["Explanation"];

/** A request as it is typed. */
export interface Draft {
  method: string;
  /** A path with its query, or a whole URL. */
  url: string;
  /** One a line: `X-Beta: 1`. */
  headers: string;
  /** Who it is, whatever it shows. */
  caller: CallerChoice;
  when: "then" | "now" | "at";
  /** For `at`: as a date field has it, in local time. */
  at: string;
  /** A whole configuration as YAML, to ask by instead of the one in force; `null`: that one. */
  yaml: string | null;
}

/** As the request shows it, nobody, an API key by its id, or a consumer by its name. */
export type CallerChoice = "shown" | "nobody" | `key ${string}` | `consumer ${string}`;

/** The request of the log as it came. */
export function draftOf({ summary, client_request }: Detail): Draft {
  return {
    ...BY_HAND,
    method: summary.method,
    url: `${summary.path}${summary.query == null ? "" : `?${summary.query}`}`,
    headers: client_request.map(({ name, value }) => `${name}: ${value}`).join("\n"),
    when: "then",
  };
}

/** "GET /orders", typed elsewhere. */
export function draftFrom(line: string): Draft {
  const [, method = "GET", url = ""] = /^(\S+)\s*(.*)$/.exec(line.trim()) ?? [];
  return { ...BY_HAND, method, url: url || "/" };
}

const BY_HAND: Draft = {
  method: "GET",
  url: "/",
  headers: "",
  caller: "shown",
  when: "now",
  at: "",
  yaml: null,
};

/** What is asked of the gateway, or what is wrong with what was typed. */
export type Question = { asked: Asked } | { problem: Problem };

interface Problem {
  field: "headers" | "at";
  message: string;
}

/**
 * What to ask. Of a request in the log only what was changed is told: what is masked there then
 * counts as what it was.
 */
export function questionOf(draft: Draft, logged: Detail | null): Question {
  const before = logged && draftOf(logged);
  const changed = <Key extends keyof Draft>(key: Key) => before?.[key] !== draft[key];
  const headers = readHeaders(draft.headers);
  if ("problem" in headers) return { problem: { field: "headers", message: headers.problem } };
  const at = new Date(draft.at).getTime();
  if (draft.when === "at" && Number.isNaN(at)) {
    return { problem: { field: "at", message: "Enter a day and a time." } };
  }
  const caller = callerOf(draft.caller);
  return {
    asked: {
      ...(logged && { exchange: logged.summary.id }),
      ...(changed("method") && { method: draft.method.trim() || "GET" }),
      ...(changed("url") && { url: draft.url.trim() || "/" }),
      ...(changed("headers") && { headers: headers.lines }),
      ...(caller && { caller }),
      when: draft.when === "at" ? { kind: "at", at_us: at * 1000 } : { kind: draft.when },
      ...(draft.yaml !== null && { config_yaml: draft.yaml }),
    },
  };
}

function callerOf(choice: CallerChoice): Schemas["CallerIs"] | null {
  const [kind, ...rest] = choice.split(" ");
  const what = rest.join(" ");
  switch (kind) {
    case "nobody":
      return { kind: "nobody" };
    case "key":
      return { kind: "key", id: what };
    case "consumer":
      return { kind: "consumer", name: what };
    default:
      return null;
  }
}

/** Headers by line; a line may begin with what HTTP/2 calls no header. */
function readHeaders(text: string): { lines: Schemas["HeaderLine"][] } | { problem: string } {
  const lines: Schemas["HeaderLine"][] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, name, value = ""] = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined) {
      return { problem: `\`${line.trim()}\` is no header; write \`Name: value\`.` };
    }
    lines.push({ name, value });
  }
  return { lines };
}

/** Now, as a date field has it: local, to the second. */
export function localNow(now: Date): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
