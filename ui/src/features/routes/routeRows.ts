import type { Config, Issue, Route, Service } from "@/api/index.ts";
import { sendsTo } from "./routeDraft.ts";
import { routeText } from "./routeText.ts";

/** A line of the list. */
export type RouteRow =
  | {
      kind: "service";
      id: string;
      service: Service;
      routes: number;
      warnings: readonly Issue[];
    }
  | { kind: "gateway"; id: string; routes: number }
  | { kind: "route"; id: string; route: Route; warnings: readonly Issue[] };

/**
 * The routes under the services they go to, in the order of the document; after them those that the
 * gateway answers by itself. With something typed: those whose sentence or name holds it, and
 * services whose name does.
 */
export function routeRows(
  config: Config,
  warnings: readonly Issue[],
  typed: string,
): readonly RouteRow[] {
  const wanted = typed.trim().toLowerCase();
  const holds = (text: string) => text.toLowerCase().includes(wanted);
  const under = (path: string) => warnings.filter((issue) => issue.path.startsWith(path));
  const routesOf = (service: Service | null) =>
    config.routes.flatMap((route, at): RouteRow[] =>
      route.service === (service?.name ?? null) &&
      holds(`${route.name} ${routeText(route, service ?? undefined)}`)
        ? [{ kind: "route", id: route.name, route, warnings: under(`routes[${at}].`) }]
        : [],
    );
  const ofServices = config.services.flatMap((service, number): RouteRow[] => {
    const shown = routesOf(service);
    if (shown.length === 0 && !holds(service.name)) return [];
    const head: RouteRow = {
      kind: "service",
      id: `service:${service.name}`,
      service,
      routes: config.routes.filter((route) => sendsTo(route, service.name)).length,
      warnings: under(`services[${number}].`),
    };
    return [head, ...shown];
  });
  const own = routesOf(null);
  return own.length === 0
    ? ofServices
    : [...ofServices, { kind: "gateway", id: ":gateway", routes: own.length }, ...own];
}
