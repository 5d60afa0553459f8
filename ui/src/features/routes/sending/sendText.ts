import { type Config, defaultRoute, type Route, type Service } from "@/api/index.ts";
import { inUnit, SIZES } from "@/ui/index.ts";
import { aggregateText, newAggregate } from "../aggregate/aggregateText.ts";
import { newRule } from "../mocks/mockText.ts";
import { examplePath, matchesPrefix } from "../matching/matchText.ts";

/** Who answers a route. */
export type Answerer = "service" | "redirect" | "respond" | "mock" | "aggregate";

/** Who answers the route: its service, several, or the gateway itself. */
export function answererOf({ service, redirect, respond, mock, aggregate }: Route): Answerer {
  if (aggregate !== null) return "aggregate";
  if (redirect !== null) return "redirect";
  if (respond !== null) return "respond";
  return service === null && mock !== null ? "mock" : "service";
}

/**
 * The route with another who answers: as it was when that one last did (`before`), else with the
 * least that can be said.
 */
export function answeredBy(
  route: Route,
  answerer: Answerer,
  before: Route | undefined,
  config: Config,
): Route {
  const { strip_prefix, rewrite, host_header } = before ?? defaultRoute("");
  const own = {
    service: before?.service ?? config.services[0]?.name ?? null,
    redirect: before?.redirect ?? { to: "", status: 302 },
    respond: before?.respond ?? { status: 200, headers: [], body: "" },
    mock: before?.mock ?? route.mock ?? { enabled: true, rules: [newRule()] },
    aggregate: before?.aggregate ?? newAggregate(config),
  };
  return {
    ...route,
    strip_prefix,
    rewrite,
    host_header,
    service: null,
    redirect: null,
    respond: null,
    aggregate: null,
    [answerer]: own[answerer],
  };
}

/** "shop `http://127.0.0.1:3000`, without `/v1`", or what the gateway answers by itself. */
export function sendToText(route: Route, service: Service | undefined): string {
  if (route.aggregate !== null) return aggregateText(route.aggregate);
  if (route.redirect !== null) {
    return `redirect ${route.redirect.status} to \`${route.redirect.to}\``;
  }
  if (route.respond !== null) return `the gateway answers ${route.respond.status}`;
  if (answererOf(route) === "mock") return "nobody but the mock";
  const targets = service?.targets.map((target) => `\`${target.url}\``).join(", ") ?? "";
  const parts = [
    `${route.service ?? "no service"} ${targets}`.trim(),
    strips(route) && `without \`${route.match.path}\``,
    route.rewrite !== null && `as \`${route.rewrite}\``,
    route.host_header.kind === "target" && "with the target's host",
    route.host_header.kind === "fixed" && `with host \`${route.host_header.value ?? ""}\``,
    route.max_request_body_bytes !== null && `bodies to ${sizeText(route.max_request_body_bytes)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** Whether a prefix is taken off the path. */
function strips({ strip_prefix, match }: Route): boolean {
  return strip_prefix && matchesPrefix(match) && match.path !== "/";
}

function sizeText(bytes: number): string {
  const { count, unit } = inUnit(bytes, SIZES);
  return `${count} ${unit.name}`;
}

/**
 * A request and what the service behind the route sees of it; `null` where only the gateway can say
 * (a rewrite, an expression).
 */
export function forwardingExample(
  route: Route,
  target: string | undefined,
): { asked: string; seen: string } | null {
  const asked = examplePath(route.match);
  if (asked === null || route.rewrite !== null) return null;
  const path = strips(route) ? asked.slice(route.match.path.length) : asked;
  return { asked, seen: `${(target ?? "").replace(/\/$/, "")}${path}` };
}
