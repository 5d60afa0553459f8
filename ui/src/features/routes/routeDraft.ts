import { type Config, defaultRoute, defaultService, type Issue, type Route, type Service } from "@/api/index.ts";

/** A route that takes everything and asks nothing, under a name that is free. */
export function newRoute(config: Config): Route {
  const name = freeName("route", new Set(config.routes.map((route) => route.name)));
  return defaultRoute(name, config.services[0]?.name ?? "");
}

export function newService(config: Config): Service {
  return defaultService(freeName("service", new Set(config.services.map(({ name }) => name))));
}

function freeName(stem: string, taken: ReadonlySet<string>): string {
  let number = 1;
  while (taken.has(number === 1 ? stem : `${stem}-${number}`)) number += 1;
  return number === 1 ? stem : `${stem}-${number}`;
}

/** A configuration with an edit in it, and where in it the edit stands, as issues call it. */
export interface Placed {
  config: Config;
  path: string;
}

/** Puts a route in the place of the one called `name`, or after the others. */
export function placeRoute(config: Config, route: Route, name: string | null): Placed {
  const { items, at } = place(config.routes, route, name);
  return { config: { ...config, routes: items }, path: `routes[${at}]` };
}

/** Puts a service in the place of the one called `name`, or after the others; routes follow. */
export function placeService(config: Config, service: Service, name: string | null): Placed {
  const { items, at } = place(config.services, service, name);
  const routes = config.routes.map((route) =>
    route.service === name ? { ...route, service: service.name } : route,
  );
  return { config: { ...config, services: items, routes }, path: `services[${at}]` };
}

function place<Item extends { name: string }>(
  items: readonly Item[],
  item: Item,
  name: string | null,
): { items: Item[]; at: number } {
  const found = items.findIndex((other) => other.name === name);
  const at = found < 0 ? items.length : found;
  return { items: items.toSpliced(at, 1, item), at };
}

/** What is wrong with one edited thing, told apart by field. */
export interface FieldIssues {
  /** What is wrong at a field (`match.path`), or in a list that is one field. */
  at: (field: string) => string | undefined;
  /** How many fields of a part are wrong. */
  count: (...parts: string[]) => number;
}

/** The errors at and under `path`, for showing under fields that are named from there. */
export function issuesUnder(issues: readonly Issue[], path: string): FieldIssues {
  const errors = issues.filter((issue) => issue.severity === "error");
  const under = (field: string) =>
    errors.filter((issue) => isWithin(issue.path, field === "" ? path : `${path}.${field}`));
  return {
    at(field) {
      const messages = under(field).map(({ message }) => message);
      return messages.length === 0 ? undefined : [...new Set(messages)].join("; ");
    },
    count: (...parts) => parts.reduce((sum, part) => sum + under(part).length, 0),
  };
}

/** What belongs to none of the edited things, and everything that is only worth a look. */
export function otherIssues(issues: readonly Issue[], ...paths: string[]): Issue[] {
  return issues.filter(
    (issue) => issue.severity === "warning" || !paths.some((path) => isWithin(issue.path, path)),
  );
}

function isWithin(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}.`) || path.startsWith(`${part}[`);
}

/** Whether two parts of a configuration say the same, however they are written. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** Members in alphabetical order, and none that says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, member]) => member !== null && member !== undefined)
            .toSorted(([x], [y]) => (x < y ? -1 : 1)),
        )
      : part,
  );
}
