import type { components } from "@/api/index.ts";
import { format, sentence } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type Decision = Schemas["Decision"];
export type Stage = Schemas["Stage"];
/** The API's description learns of `chosen` with the gateway that tells it. */
export type Try = Schemas["Try"] & { chosen?: string | null };
type LimitFact = Schemas["LimitFact"];

/** The stages in the order a request passes them. */
export const STAGES: readonly { stage: Stage; title: string; colour: string }[] = [
  { stage: "accept", title: "Accept", colour: "var(--color-stage-match)" },
  { stage: "match_route", title: "Route", colour: "var(--color-stage-match)" },
  { stage: "authenticate", title: "API key", colour: "var(--color-stage-auth)" },
  { stage: "version", title: "Version", colour: "var(--color-stage-match)" },
  { stage: "rate_limit", title: "Rate limits", colour: "var(--color-stage-limit)" },
  { stage: "forward", title: "Service", colour: "var(--color-stage-upstream)" },
];

/** Takes the service's place on a route that answers by itself. */
export const OWN_ANSWER = {
  stage: "answer",
  title: "Answer",
  colour: "var(--color-stage-upstream)",
} as const satisfies (typeof STAGES)[number];

/** What a stage decided by, in words; each line a sentence or part of one. */
export function factLines({ facts }: Decision): string[] {
  switch (facts.kind) {
    case "accepted":
      return [`The request can be proxied; its path is matched as \`${facts.match_path}\`.`];
    case "not_accepted":
      return [sentence(facts.reason)];
    case "route_matched":
      return [
        `Route \`${facts.route}\` takes it: its path is \`${facts.path}\`${
          facts.host == null ? "" : ` and the host is \`${facts.host}\``
        }.`,
      ];
    case "no_route":
      return noRoute(facts.allowed_methods, facts.near_misses);
    case "anonymous":
      return ["The route asks for no API key."];
    case "key_accepted":
      return [`Key \`${facts.name}\`, found in ${facts.place}.`];
    case "key_refused":
      return [keyRefused(facts)];
    case "version_chosen":
      return [`Version \`${facts.version}\`: ${NAMED[facts.by]}.`];
    case "version_refused":
      return [sentence(facts.reason)];
    case "limits":
      return facts.limits.flatMap((limit) => limitLines(limit));
    case "unlimited":
      return ["The route has no rate limits."];
    case "own_answer":
      return [
        facts.location == null
          ? `The route gives this answer itself, always with ${facts.status}.`
          : `The route sends callers on to \`${facts.location}\`, with ${facts.status}.`,
      ];
    case "forwarded":
      return forwarded(facts);
  }
}

const NAMED = {
  path: "the path names it",
  header: "a header names it",
  query: "the query names it",
  accept: "`Accept` names it",
  host: "the host names it",
  default: "none was named, and it is the default",
  split: "none was named, and the request fell to its share",
  cookie: "none was named, and a cookie remembers it",
};

function noRoute(methods: readonly string[], misses: readonly Schemas["NearMiss"][]): string[] {
  const near = misses.map((miss) => `Route \`${miss.route}\`: ${miss.reason}.`);
  if (methods.length > 0) {
    return [`A route takes this path, but only with ${methods.join(", ")}.`, ...near];
  }
  if (near.length === 0) return ["No route takes this request, and none comes close."];
  return ["No route takes this request. The nearest:", ...near];
}

type Forwarded = Extract<Decision["facts"], { kind: "forwarded" }> & {
  held_ms?: number | null;
  not_retried?: string | null;
};

function forwarded({ service, tries, reason, held_ms, not_retried }: Forwarded): string[] {
  return [
    tries === 0
      ? `Not sent on to service \`${service}\`.`
      : `Sent on to service \`${service}\`, ${format.plural(tries, "try", "tries")}.`,
    held_ms == null ? "" : `Held for ${format.duration(held_ms)} until a target listened again.`,
    reason == null ? "" : sentence(reason),
    not_retried == null ? "" : `Not tried again: ${not_retried}.`,
  ].filter((line) => line !== "");
}

type KeyRefused = Extract<Decision["facts"], { kind: "key_refused" }>;

function keyRefused({ code, name, place, hint }: KeyRefused): string {
  const what = {
    key_missing: "No API key was sent, and the route needs one",
    key_malformed: "What was sent cannot be an API key: its form or its checksum is wrong",
    key_invalid: "This API key was never issued here",
    key_revoked: "This API key has been revoked",
    key_duplicate: "Several different API keys were sent",
  };
  const known = [
    name != null && `key \`${name}\``,
    hint != null && `\`${hint}\``,
    place != null && `found in ${place}`,
  ].filter(Boolean);
  const said = what[code as keyof typeof what] ?? "The API key is not good";
  return `${said}${known.length > 0 ? ` (${known.join(", ")})` : ""}.`;
}

const WHOSE = { key: "per key", ip: "per address", route: "for the whole route" };

function limitLines(limit: LimitFact): string[] {
  const rule = `\`${limit.name}\`: ${format.plural(limit.requests, "request")} per ${limit.per} ${WHOSE[limit.by]}, at most ${format.count(limit.burst)} at once.`;
  const change = `${format.count(limit.remaining_before)} left before this request → ${format.count(limit.remaining_after)} after;`;
  const state = limit.admitted
    ? `${change} full again in ${format.duration(limit.full_after_ms)}.`
    : `No room: ${change} room for one more in ${format.duration(limit.retry_after_ms)}, full again in ${format.duration(limit.full_after_ms)}.`;
  return [rule, state];
}

/** One try to get an answer, in words: how it went, then what went wrong. */
export function tryLines(tried: Try): string[] {
  const ms = (us: number) => format.duration(us / 1000);
  const connection = tried.reused_connection
    ? "open connection used again"
    : tried.connect_us == null
      ? tried.reason == null && "no connection"
      : `connected in ${ms(tried.connect_us)}`;
  const parts = [
    connection,
    tried.first_byte_us != null && `first byte after ${ms(tried.first_byte_us)}`,
    tried.status != null && `answered with ${tried.status}`,
  ];
  return [parts.filter(Boolean).join(" · "), tried.reason ?? ""].filter((line) => line !== "");
}
