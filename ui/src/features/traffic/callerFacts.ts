import type { components } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

type Facts = components["schemas"]["Facts"];
type Fact<Kind extends Facts["kind"]> = Extract<Facts, { kind: Kind }>;

const WAY = {
  api_key: "API key",
  basic: "password",
  jwt: "token",
  forward: "the word of a service",
} as const satisfies Record<components["schemas"]["AuthenticationMethod"], string>;

/** Who the caller is, and how that is known. */
export function callerKnown(facts: Fact<"caller_known">): string[] {
  const who = facts.consumer == null ? "A caller" : `Consumer \`${facts.consumer}\``;
  // What the window sends as a consumer shows nothing.
  const ways =
    facts.methods.length === 0
      ? "as which the window sent it"
      : `by ${facts.methods.map((method) => WAY[method]).join(" and ")}`;
  const issuer = facts.issuer == null ? "" : ` of issuer \`${facts.issuer}\``;
  const list = (what: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${what}: ${names.map((name) => `\`${name}\``).join(", ")}.`];
  return [
    `${who}, ${ways}${issuer}.`,
    ...list("Scopes", facts.scopes),
    ...list("Groups", facts.groups),
  ];
}

/** Where a key was found. Requests that the window sends carry none: they count as shown with one. */
export function placeText(place: string): string {
  return place === "the window" ? "as which the window sent it" : `found in ${place}`;
}

/** Why an API key was not taken. */
export function keyRefused({ code, name, place, hint, ended_at_us }: Fact<"key_refused">): string {
  const what = {
    key_missing: "No API key was sent, and the route needs one",
    key_malformed: "What was sent cannot be an API key: its form or its checksum is wrong",
    key_invalid: "This API key was never issued here",
    key_revoked: "This API key has been revoked",
    key_expired: "This API key has expired",
    key_duplicate: "Several different API keys were sent",
  };
  const known = [
    name != null && `key \`${name}\``,
    hint != null && `\`${hint}\``,
    place != null && placeText(place),
    ended_at_us != null && `since ${format.dateTime(ended_at_us / 1000)}`,
  ].filter(Boolean);
  const said = what[code as keyof typeof what] ?? "The API key is not good";
  return `${said}${known.length > 0 ? ` (${known.join(", ")})` : ""}.`;
}

/** Whether a page of another origin may call, as the browser was told. */
export function preflight({ origin, allowed, reason }: Fact<"preflight">): string[] {
  const may = `Pages of \`${origin}\` may ${allowed ? "" : "not "}call`;
  return [reason == null ? `${may}.` : `${may}: ${reason}`];
}
