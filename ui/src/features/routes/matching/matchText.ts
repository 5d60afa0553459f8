import type { Route } from "@/api/index.ts";

export type Match = Route["match"];
export type Condition = Match["headers"][number];

const KINDS = { prefix: "", exact: "exactly ", template: "", regex: "expression " } as const;

/** "GET, POST `/v1/orders` on `shop.test` where header `x-beta` is `1`" */
export function matchText(match: Match): string {
  const { methods, hosts, path, path_kind, headers, query } = match;
  const which = methods.length === 0 ? "Any method" : methods.join(", ");
  const where = hosts.length === 0 ? "" : ` on ${hosts.map((host) => `\`${host}\``).join(", ")}`;
  const conditions = [
    ...headers.map((condition) => conditionText("header", condition)),
    ...query.map((condition) => conditionText("query", condition)),
  ];
  const asked = conditions.length === 0 ? "" : ` where ${conditions.join(" and ")}`;
  return `${which} ${KINDS[path_kind]}\`${path}\`${where}${asked}`;
}

function conditionText(of: "header" | "query", { name, test, value }: Condition): string {
  const what = `${of} \`${name}\``;
  switch (test) {
    case "equals":
      return `${what} is \`${value ?? ""}\``;
    case "matches":
      return `${what} matches \`${value ?? ""}\``;
    case "present":
      return `${what} is there`;
    case "absent":
      return `${what} is not there`;
  }
}

/** What a request is asked for in a route's match, with the priority where there is one. */
export function matchSummary({ match, priority }: Pick<Route, "match" | "priority">): string {
  return priority === 0 ? matchText(match) : `${matchText(match)}, priority ${priority}`;
}

/** Whether the path is a prefix, which can be taken off. */
export function matchesPrefix({ path_kind }: Match): boolean {
  return path_kind === "prefix";
}

/** The names a route's path gives to what it takes, as a rewrite or a redirect may use them. */
export function parametersOf({ path, path_kind }: Match): string[] {
  switch (path_kind) {
    case "prefix":
      return ["rest", "path"];
    case "exact":
      return ["path"];
    case "template":
      return [
        ...Array.from(path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g), ([, name = ""]) => name),
        "path",
      ];
    case "regex":
      return [...Array.from(path.matchAll(/\(\?P?<(\w+)>/g), ([, name = ""]) => name), "path"];
  }
}

/** A path that the route takes, for showing what happens to it; `null` where none is at hand. */
export function examplePath({ path, path_kind }: Match): string | null {
  if (!path.startsWith("/")) return null;
  switch (path_kind) {
    case "prefix":
      return path === "/" ? "/example" : `${path}/example`;
    case "exact":
      return path;
    case "template":
      return path.replaceAll(/\{\w+\.\.\.\}/g, "a/b").replaceAll(/\{\w+\}/g, "7");
    case "regex":
      return null;
  }
}
