import type { Route } from "@/api/index.ts";

export type HeaderEdits = Route["request_headers"];
export type HeaderLine = HeaderEdits["set"][number];

/** No change to any header. */
export const NO_EDITS: HeaderEdits = { remove: [], set: [], add: [] };

/** "removes `Cookie`, sets `X-A`"; empty where nothing changes. */
export function editsText({ remove, set, add }: HeaderEdits): string {
  const names = (all: readonly string[]) => all.map((name) => `\`${name}\``).join(", ");
  const parts = [
    remove.length > 0 && `removes ${names(remove)}`,
    set.length > 0 && `sets ${names(set.map(({ name }) => name))}`,
    add.length > 0 && `adds ${names(add.map(({ name }) => name))}`,
  ];
  return parts.filter(Boolean).join(", ");
}

interface Changes {
  request_headers: HeaderEdits;
  response_headers: HeaderEdits;
}

/** What is changed on the way there and back: "request: sets `X-A`; answer: removes `Server`". */
export function changesText({ request_headers, response_headers }: Changes): string {
  const [there, back] = [editsText(request_headers), editsText(response_headers)];
  const parts = [there && `request: ${there}`, back && `answer: ${back}`];
  return parts.filter(Boolean).join("; ") || "nothing";
}
