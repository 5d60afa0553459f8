import type { HeaderLine } from "./headerChanges.ts";
import type { ReplayOrder, ReplayPlan, ReplayRequest } from "./replayQueries.ts";

/** Where a request is sent: through the gateway, to one of its versions, straight to a target. */
export type Where = "gateway" | `version ${string}` | `target ${string}`;

/** Whoever the request says, an API key by its id, or a consumer by its name. */
export type As = "" | `key ${string}` | `consumer ${string}`;

/** What a person has chosen of how to send a request again. */
export interface ReplayDraft {
  where: Where;
  /** As whom it counts. */
  as: As;
  times: number;
  atOnce: number;
  /** The request as text to edit; `null` while it is sent as it was. */
  edited: EditedRequest | null;
}

export interface EditedRequest {
  method: string;
  host: string;
  path: string;
  /** A header a line. */
  headers: string;
  body: string;
  /** Whether the body is base64, since it is no text. */
  isBase64: boolean;
}

export function draftOf(plan: ReplayPlan): ReplayDraft {
  return {
    where: "gateway",
    as: plan.key ? `key ${plan.key.id}` : "",
    times: 1,
    atOnce: 1,
    edited: null,
  };
}

/** The request of a plan as text to edit. */
export function editedOf({ method, host, path, headers, body, body_base64 }: ReplayRequest) {
  return {
    method,
    host,
    path,
    headers: (headers ?? []).map(({ name, value }) => `${name}: ${value}`).join("\n"),
    body: body ?? body_base64 ?? "",
    isBase64: body_base64 != null,
  };
}

/** The order for the gateway, or the line that is no header. */
export function orderOf(
  draft: ReplayDraft,
  confirmed: boolean,
): { order: Partial<ReplayOrder> } | { problem: string } {
  const { where, as, times, atOnce, edited } = draft;
  const [kind, name] = split(where);
  const [who, whom] = split(as);
  const order: Partial<ReplayOrder> = {
    times,
    at_once: Math.min(atOnce, times),
    confirmed,
    // Past the gateway nobody asks who calls.
    ...(who === "key" && kind !== "target" && { key: whom }),
    ...(who === "consumer" && kind !== "target" && { consumer: whom }),
    ...(kind === "version" && { version: name }),
    ...(kind === "target" && { target: name }),
  };
  if (edited === null) return { order };
  const headers = headersOf(edited.headers);
  if ("problem" in headers) return headers;
  return { order: { ...order, request: requestOf(edited, headers.lines) } };
}

function requestOf(edited: EditedRequest, headers: HeaderLine[]): ReplayRequest {
  const { method, host, path, body, isBase64 } = edited;
  const content = body === "" ? {} : isBase64 ? { body_base64: body } : { body };
  return { method: method.trim(), host: host.trim(), path: path.trim(), headers, ...content };
}

/** Text with a header a line. */
export function headersOf(text: string): { lines: HeaderLine[] } | { problem: string } {
  const lines: HeaderLine[] = [];
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, name, value] = /^\s*([^:\s]+)\s*:(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      return { problem: `\`${line.trim()}\` is no header: write \`name: value\`.` };
    }
    lines.push({ name: name.toLowerCase(), value: value.trim() });
  }
  return { lines };
}

function split(where: string): [string, string] {
  const at = where.indexOf(" ");
  return at < 0 ? [where, ""] : [where.slice(0, at), where.slice(at + 1)];
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** What has to be asked before this is sent; empty if nothing. */
export function asksFirst(draft: ReplayDraft, plan: ReplayPlan): string[] {
  const method = draft.edited?.method.trim() ?? plan.request.method;
  const many = draft.times > 1 ? ` It is sent ${draft.times} times.` : "";
  return [
    ...(SAFE.has(method) ? [] : [`${method} may change something once more.${many}`]),
    ...(plan.incomplete && draft.edited === null ? plan.left_out : []),
  ];
}
