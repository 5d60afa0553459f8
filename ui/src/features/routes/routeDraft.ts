import {
  type Config,
  defaultRoute,
  defaultService,
  type Issue,
  type Route,
  type Service,
} from "@/api/index.ts";

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
  const routes = config.routes.map((route) => followed(route, name, service.name));
  return { config: { ...config, services: items, routes }, path: `services[${at}]` };
}

/** Whether a route or one of its versions sends to a service. */
export function sendsTo({ service, versions }: Route, name: string): boolean {
  return service === name || (versions?.list.some((version) => version.service === name) ?? false);
}

/** A route that sends to `to` wherever it sent to `from`. */
function followed(route: Route, from: string | null, to: string): Route {
  if (from === null) return route;
  const follow = <Sends extends { service: string | null }>(sends: Sends): Sends =>
    sends.service === from ? { ...sends, service: to } : sends;
  const { versions } = route;
  const list = versions?.list.map((version) => follow(version)) ?? [];
  return { ...follow(route), versions: versions && { ...versions, list } };
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
  /** What is wrong within a part, but not in the fields that show it themselves. */
  rest: (part: string, ...shown: string[]) => string | undefined;
  /** What of some parts deserves a look. */
  warnings: (...parts: string[]) => readonly Issue[];
  /** The same of what stands at `part`, by the path from there. */
  within: (part: string) => FieldIssues;
}

/** The issues at and under `path`, for showing under fields that are named from there. */
export function issuesUnder(issues: readonly Issue[], path: string): FieldIssues {
  const placed = (field: string) => (field === "" ? path : `${path}.${field}`);
  const under = (field: string) => issues.filter((issue) => isWithin(issue.path, placed(field)));
  const errors = (field: string) => under(field).filter(({ severity }) => severity === "error");
  return {
    at: (field) => messages(errors(field)),
    count: (...parts) => parts.reduce((sum, part) => sum + errors(part).length, 0),
    rest: (part, ...shown) =>
      messages(
        errors(part).filter((issue) => !shown.some((one) => isWithin(issue.path, placed(one)))),
      ),
    warnings: (...parts) =>
      parts.flatMap((part) => under(part).filter(({ severity }) => severity === "warning")),
    within: (part) => issuesUnder(issues, placed(part)),
  };
}

function messages(issues: readonly Issue[]): string | undefined {
  const said = new Set(issues.map(({ message }) => message));
  return said.size === 0 ? undefined : [...said].join("; ");
}

/** What belongs to none of the edited things, and everything that is only worth a look. */
export function otherIssues(issues: readonly Issue[], ...paths: string[]): Issue[] {
  return issues.filter(
    (issue) => issue.severity === "warning" || !paths.some((path) => isWithin(issue.path, path)),
  );
}

/**
 * What belongs to none of the edited things: errors, and warnings that were not there before
 * (`known`), such as that another route can never match any more.
 */
export function issuesElsewhere(
  issues: readonly Issue[],
  known: readonly Issue[],
  ...paths: string[]
): Issue[] {
  const old = new Set(known.map(({ message }) => message));
  return issues.filter(
    ({ path, severity, message }) =>
      !paths.some((one) => isWithin(path, one)) && (severity === "error" || !old.has(message)),
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
