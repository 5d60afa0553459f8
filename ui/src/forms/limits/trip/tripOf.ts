import type { components, Route } from "@/api/index.ts";

export type Trip = components["schemas"]["Trip"];

/** What is sent again and again: a call of a route, or a request of the log. */
export type TripCall = Pick<Trip, "exchange" | "route" | "method" | "path" | "headers">;

/** A call that a route takes, as far as what it asks for can be read off. */
export function tripOfRoute({ name, match }: Pick<Route, "name" | "match">): TripCall {
  const { methods, hosts, path_kind, headers, query } = match;
  const literal = path_kind === "template" ? filled(match.path) : match.path;
  const path = path_kind === "regex" ? "/" : literal;
  const asked = query
    .filter(({ test }) => test === "equals" || test === "present")
    .map(
      ({ name: key, value }) => `${encodeURIComponent(key)}=${encodeURIComponent(value ?? "1")}`,
    );
  const host = hosts[0];
  return {
    route: name,
    method: methods.length === 0 || methods.includes("GET") ? "GET" : (methods[0] ?? "GET"),
    path: asked.length === 0 ? path : `${path}?${asked.join("&")}`,
    headers: [
      ...(host === undefined ? [] : [{ name: "host", value: host.replace(/^\*\./, "any.") }]),
      ...headers
        .filter(({ test }) => test === "equals" || test === "present")
        .map(({ name: header, value }) => ({ name: header, value: value ?? "1" })),
    ],
  };
}

const filled = (template: string) =>
  template.replaceAll(/\{\w+\.\.\.\}/g, "a/b").replaceAll(/\{\w+\}/g, "7");

/** "60 × 200, then 429" */
export function answersText(answers: readonly { status: number; count: number }[]): string {
  return answers
    .map(({ status, count }) => (count === 1 ? String(status) : `${count} × ${status}`))
    .join(", then ");
}
