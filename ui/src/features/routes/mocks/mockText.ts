import { defaultRoute, type Route } from "@/api/index.ts";
import { format } from "@/ui/index.ts";
import { matchText } from "../matching/matchText.ts";

export type Mock = NonNullable<Route["mock"]>;
export type MockRule = Mock["rules"][number];

/** A rule that takes every request and answers with an empty object. */
export function newRule(): MockRule {
  return { match: defaultRoute("").match, status: 200, headers: [], body: "{}", delay_ms: 0 };
}

/** "3 rules answer instead of the service", or that there is none. */
export function mockText(mock: Mock | null): string {
  if (mock === null) return "none";
  const rules = format.plural(mock.rules.length, "rule");
  return mock.enabled ? `on: ${rules}` : `off, with ${rules}`;
}

/** "GET `/orders/{id}`: 200, after 300 ms" */
export function ruleText({ match, status, delay_ms }: MockRule): string {
  const all = isForAll(match);
  const wait = delay_ms === 0 ? "" : `, after ${format.duration(delay_ms)}`;
  return `${all ? "Every request" : matchText(match)}: ${status}${wait}`;
}

function isForAll(match: MockRule["match"]): boolean {
  const { path, path_kind, hosts, methods, headers, query } = match;
  const conditions = [hosts, methods, headers, query].some((list) => list.length > 0);
  return path === "/" && path_kind === "prefix" && !conditions;
}
