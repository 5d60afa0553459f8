import type { components, Config } from "@/api/index.ts";
import type { Command } from "./commands.ts";
import { matchScore } from "./match.ts";

type ApiKey = components["schemas"]["ApiKey"];

/** What a row of the palette is about; it has a picture of its own. */
export type EntryKind = "command" | "route" | "service" | "key" | "filter" | "request" | "help";

/** A row of the palette. */
export interface Entry {
  id: string;
  kind: EntryKind;
  title: string;
  /** The place, or what else tells it from others: "Traffic", "/orders". */
  beside: string;
  keys?: string | undefined;
  /** Other words people may type for it. */
  words?: string | undefined;
  /** Whether it acts on what is selected: such rows lead. */
  contextual?: boolean | undefined;
  /** Where one goes; or what is typed instead; or the command that runs. */
  does:
    | { go: { to: "/routes" | "/keys" | "/traffic"; search: Record<string, string> } }
    | { type: string }
    | { command: Command };
}

/** What can be found. */
export interface Sources {
  commands: readonly Command[];
  config: Config | undefined;
  keys: readonly ApiKey[];
  /** Filters of the log that were used before, newest first. */
  filters: readonly string[];
}

/** What stands before what is typed, and what is then looked for. */
export const PREFIXES = [
  { prefix: ">", finds: "commands" },
  { prefix: "/", finds: "routes, by name or path" },
  { prefix: "@", finds: "API keys, by name or consumer" },
  { prefix: ":", finds: "requests, by a filter of the log" },
  { prefix: "#", finds: "a request, by its id" },
  { prefix: "?", finds: "help and shortcuts" },
] as const;
type Prefix = (typeof PREFIXES)[number]["prefix"];

/** The most rows that are shown: more is nobody's list. */
const MOST = 200;

/** The prefix of what is typed, if it has one, and the rest. */
export function readTyped(typed: string): { prefix: Prefix | null; text: string } {
  const found = PREFIXES.find(({ prefix }) => typed.startsWith(prefix));
  return { prefix: found?.prefix ?? null, text: found ? typed.slice(1).trimStart() : typed };
}

/**
 * What fits, best match first. With nothing typed, what acts on what is selected, then what was run
 * last, then everything in its order; `recent` are ids, newest first.
 */
export function findEntries(sources: Sources, typed: string, recent: readonly string[]): Entry[] {
  const { prefix, text } = readTyped(typed);
  switch (prefix) {
    case ">":
      return ranked(sources.commands.map(ofCommand), text, recent);
    case "/":
      // A path is typed with its slash, which is the prefix too.
      return ranked(ofRoutes(sources.config), text, recent);
    case "@":
      return ranked(sources.keys.map(ofKey), text, recent);
    case ":":
      return ofFilters(sources.filters, text);
    case "#":
      return text.trim() === "" ? [] : [ofRequest(text.trim())];
    case "?":
      return ranked([...PREFIXES.map(ofPrefix), ...withKeys(sources.commands)], text, recent);
    case null: {
      const things = [...ofRoutes(sources.config), ...sources.keys.map(ofKey)];
      const commands = sources.commands.map(ofCommand);
      // Things are many: they are found by what is typed, and do not fill an empty list.
      return ranked(text === "" ? commands : [...commands, ...things], text, recent);
    }
  }
}

function ranked(all: readonly Entry[], text: string, recent: readonly string[]): Entry[] {
  const recency = ({ id }: Entry) => {
    const at = recent.indexOf(id);
    return at < 0 ? 0 : recent.length - at;
  };
  const context = ({ contextual }: Entry) => Number(contextual ?? false);
  return all
    .map((entry) => ({ entry, score: scoreOf(entry, text) }))
    .filter((match): match is { entry: Entry; score: number } => match.score !== null)
    .toSorted(
      (a, b) =>
        b.score - a.score ||
        context(b.entry) - context(a.entry) ||
        recency(b.entry) - recency(a.entry),
    )
    .slice(0, MOST)
    .map(({ entry }) => entry);
}

function scoreOf({ title, beside, words }: Entry, text: string): number | null {
  const byTitle = matchScore(text, title);
  if (byTitle !== null) return byTitle;
  const byWords = matchScore(text, `${title} ${beside} ${words ?? ""}`);
  return byWords === null ? null : byWords - 100;
}

function ofCommand(command: Command): Entry {
  const { id, title, group, keys, words, contextual } = command;
  return { id, kind: "command", title, beside: group, keys, words, contextual, does: { command } };
}

function ofRoutes(config: Config | undefined): Entry[] {
  const routes = (config?.routes ?? []).map((route): Entry => {
    const { name, match, service } = route;
    const beside = match.path ?? "any path";
    const words = `${match.methods.join(" ")} ${match.hosts.join(" ")} ${service ?? ""}`;
    const go = { to: "/routes", search: { sel: name } } as const;
    return { id: `route:${name}`, kind: "route", title: name, beside, words, does: { go } };
  });
  const services = (config?.services ?? []).map(({ name, targets }): Entry => {
    const beside = targets[0]?.url ?? "no target";
    const go = { to: "/routes", search: { sel: `service:${name}` } } as const;
    return { id: `service:${name}`, kind: "service", title: name, beside, does: { go } };
  });
  return [...routes, ...services];
}

function ofKey({ id, name, consumer, hint }: ApiKey): Entry {
  const beside = consumer === name ? hint : consumer;
  const go = { to: "/keys", search: { sel: id } } as const;
  return { id: `key:${id}`, kind: "key", title: name, beside, words: hint, does: { go } };
}

/** What is typed as a filter, then those before that hold it. */
function ofFilters(before: readonly string[], text: string): Entry[] {
  const wanted = text.trim();
  const known = before.filter((filter) => filter !== wanted && filter.includes(wanted));
  return (wanted === "" ? known : [wanted, ...known]).map((q) => ({
    id: `filter:${q}`,
    kind: "filter",
    title: q,
    beside: q === wanted ? "Show in Traffic" : "Used before",
    does: { go: { to: "/traffic", search: { q } } },
  }));
}

function ofRequest(id: string): Entry {
  const go = { to: "/traffic", search: { q: `id:${id}` } } as const;
  return {
    id: `request:${id}`,
    kind: "request",
    title: id,
    beside: "Find the request",
    does: { go },
  };
}

function ofPrefix({ prefix, finds }: (typeof PREFIXES)[number]): Entry {
  return {
    id: `help:${prefix}`,
    kind: "help",
    title: `${prefix} finds ${finds}`,
    beside: "Search",
    words: "prefix help",
    does: { type: prefix },
  };
}

function withKeys(commands: readonly Command[]): Entry[] {
  return commands.filter(({ keys }) => keys !== undefined).map(ofCommand);
}
