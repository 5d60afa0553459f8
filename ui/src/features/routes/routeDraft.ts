import {
  type Config,
  defaultRoute,
  defaultService,
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

/** Whether a route, one of its versions or a part of its answer sends to a service. */
export function sendsTo({ service, versions, aggregate }: Route, name: string): boolean {
  const others = [...(versions?.list ?? []), ...(aggregate?.parts ?? [])];
  return service === name || others.some((one) => one.service === name);
}

/** A route that sends to `to` wherever it sent to `from`. */
function followed(route: Route, from: string | null, to: string): Route {
  if (from === null) return route;
  const follow = <Sends extends { service: string | null }>(sends: Sends): Sends =>
    sends.service === from ? { ...sends, service: to } : sends;
  const { versions, aggregate } = route;
  const list = versions?.list.map((version) => follow(version)) ?? [];
  const parts = aggregate?.parts.map((part) =>
    part.service === from ? { ...part, service: to } : part,
  );
  return {
    ...follow(route),
    versions: versions && { ...versions, list },
    aggregate: aggregate && { ...aggregate, parts: parts ?? [] },
  };
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
