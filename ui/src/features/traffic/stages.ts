import type { components } from "@/api/index.ts";
import { effectText } from "@/app/faults.ts";
import { format, sentence } from "@/ui/index.ts";
import { cacheLines } from "./cacheFacts.ts";
import { callerKnown, keyRefused, placeText, preflight } from "./callerFacts.ts";

type Schemas = components["schemas"];
export type Decision = Schemas["Decision"];
export type Stage = Schemas["Stage"];
export type Try = Schemas["Try"];

/** What the service answers. */
export const FORWARD = {
  stage: "forward",
  title: "Service",
  colour: "var(--color-stage-upstream)",
} as const;

/** The stages in the order a request passes them. */
export const STAGES: readonly { stage: Stage; title: string; colour: string }[] = [
  { stage: "accept", title: "Accept", colour: "var(--color-stage-match)" },
  { stage: "match_route", title: "Route", colour: "var(--color-stage-match)" },
  { stage: "cors", title: "Web pages", colour: "var(--color-stage-auth)" },
  { stage: "authenticate", title: "Caller", colour: "var(--color-stage-auth)" },
  { stage: "version", title: "Version", colour: "var(--color-stage-match)" },
  { stage: "authorise", title: "Access", colour: "var(--color-stage-auth)" },
  { stage: "rate_limit", title: "Limits", colour: "var(--color-stage-limit)" },
  { stage: "fault", title: "Fault", colour: "var(--color-stage-limit)" },
  { stage: "mock", title: "Mock", colour: "var(--color-stage-upstream)" },
  { stage: "cache", title: "Cache", colour: "var(--color-stage-match)" },
  FORWARD,
];

/** Takes the service's place on a route that several services answer together. */
export const TOGETHER = {
  stage: "aggregate",
  title: "Parts",
  colour: "var(--color-stage-upstream)",
} as const satisfies (typeof STAGES)[number];

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
    case "preflight":
      return preflight(facts);
    case "anonymous":
      return ["No credential was asked for."];
    case "key_accepted":
      return [`Key \`${facts.name}\`, ${placeText(facts.place)}.`];
    case "key_refused":
      return [keyRefused(facts)];
    case "caller_known":
      return callerKnown(facts);
    case "caller_refused":
      return [
        sentence(facts.reason),
        ...(facts.consumer == null ? [] : [`Consumer \`${facts.consumer}\`.`]),
      ];
    case "refused_elsewhere":
      return [`\`${facts.url}\` was asked about the caller and answered ${facts.status}.`];
    case "would_ask":
      return [
        `\`${facts.url}\` would be asked about the caller, and is not.`,
        ...(facts.consumer == null ? [] : [`Taken for consumer \`${facts.consumer}\`.`]),
      ];
    case "authorised":
      return [`The caller may do this: ${format.plural(facts.rules, "rule")} asked.`];
    case "not_authorised":
      return [sentence(facts.reason), `Decided by ${facts.rule}.`];
    case "version_chosen":
      return [`Version \`${facts.version}\`: ${NAMED[facts.by]}.`];
    case "version_refused":
      return [sentence(facts.reason)];
    case "limits":
      // Drawn, each with its own sentences: see `LimitsStood`.
      return [];
    case "unlimited":
      return ["The route has no limits."];
    case "faults":
      return facts.faults.map(({ effect, share_percent }) =>
        sentence(`on purpose ${effectText(effect)}, as ${share_percent} of 100 requests are`),
      );
    case "mocked":
      return [
        `Rule ${facts.rule} of the mock answers with ${facts.status}.`,
        ...(facts.delay_ms === 0 ? [] : [`Held back for ${format.duration(facts.delay_ms)}.`]),
      ];
    case "mock_passed":
      return ["No rule of the mock fits, so the service is asked."];
    case "aggregated":
      return aggregated(facts);
    case "would_aggregate":
      return [`Would ask ${facts.parts.join(", ")}.`];
    case "own_answer":
      return [
        facts.location == null
          ? `The route gives this answer itself, always with ${facts.status}.`
          : `The route sends callers on to \`${facts.location}\`, with ${facts.status}.`,
      ];
    case "cache":
      return cacheLines(facts);
    case "forwarded":
      return forwarded(facts);
    case "would_forward":
      return [
        facts.url == null
          ? `Would be sent to service \`${facts.service}\`: ${facts.chosen}.`
          : `Would be sent to service \`${facts.service}\`: \`${facts.url}\` (${facts.chosen}).`,
      ];
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

type Aggregated = Extract<Decision["facts"], { kind: "aggregated" }>;

function aggregated({ parts, completed, decided, reason }: Aggregated): string[] {
  const asked = parts.reduce((sum, part) => sum + part.asked, 0);
  const of = `${format.plural(parts.length, "part")}, ${format.plural(asked, "request")}`;
  if (decided != null) {
    return [`${of}. Part \`${decided}\` is required: ${reason ?? "it failed"}.`];
  }
  const missing = parts.filter(({ end }) => end !== "ok").map(({ name }) => `\`${name}\``);
  return [completed ? `${of}, all there.` : `${of}. Missing: ${missing.join(", ")}.`];
}

type Forwarded = Extract<Decision["facts"], { kind: "forwarded" }>;

function forwarded(facts: Forwarded): string[] {
  const { service, tries, reason, held_ms, started_ms, not_retried } = facts;
  return [
    tries === 0
      ? `Not sent on to service \`${service}\`.`
      : `Sent on to service \`${service}\`, ${format.plural(tries, "try", "tries")}.`,
    held(held_ms, started_ms, service),
    reason == null ? "" : sentence(reason),
    not_retried == null ? "" : `Not tried again: ${not_retried}.`,
  ].filter((line) => line !== "");
}

function held(
  held_ms: number | null | undefined,
  started_ms: number | null | undefined,
  service: string,
) {
  if (held_ms == null) return "";
  if (started_ms == null) {
    return `Held for ${format.duration(held_ms)} until a target listened again.`;
  }
  return `Started \`${service}\` in ${format.duration(started_ms)}; the request waited ${format.duration(held_ms)}.`;
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
