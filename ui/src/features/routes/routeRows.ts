import type { Config, Issue, Route, Service } from "@/api/index.ts";
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
  | { kind: "route"; id: string; route: Route; service: Service; warnings: readonly Issue[] };

/**
 * The routes under the services they go to, in the order of the document. With something typed:
 * those whose sentence or name holds it, and services whose name does.
 */
export function routeRows(
  config: Config,
  warnings: readonly Issue[],
  typed: string,
): readonly RouteRow[] {
  const wanted = typed.trim().toLowerCase();
  const holds = (text: string) => text.toLowerCase().includes(wanted);
  const under = (path: string) => warnings.filter((issue) => issue.path.startsWith(path));
  return config.services.flatMap((service, number): RouteRow[] => {
    const all = config.routes
      .map((route, at) => ({ route, at }))
      .filter(({ route }) => route.service === service.name);
    const shown = all.filter(({ route }) => holds(`${route.name} ${routeText(route, service)}`));
    if (shown.length === 0 && !holds(service.name)) return [];
    return [
      {
        kind: "service",
        id: `service:${service.name}`,
        service,
        routes: all.length,
        warnings: under(`services[${number}].`),
      },
      ...shown.map(({ route, at }): RouteRow => ({
        kind: "route",
        id: route.name,
        route,
        service,
        warnings: under(`routes[${at}].`),
      })),
    ];
  });
}
