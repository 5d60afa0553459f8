import type { components, Route, Service } from "@/api/index.ts";

type Schemas = components["schemas"];
export type RateLimit = Route["rate_limits"][number];
export type Match = Schemas["Match"];

const PER = { second: "s", minute: "min", hour: "h", day: "day" } as const;
const BY = { key: "key", ip: "IP", route: "route" } as const;

/** What a limit is called where it has no name of its own, as the gateway calls it. */
export function limitText({ name, requests, per, by }: RateLimit): string {
  return name ?? `${requests}/${PER[per]} per ${BY[by]}`;
}

/** "GET, POST `/v1/orders` on `shop.test`" */
export function matchText({ methods, hosts, path }: Match): string {
  const which = methods.length === 0 ? "Any method" : methods.join(", ");
  const where = hosts.length === 0 ? "" : ` on ${hosts.map((host) => `\`${host}\``).join(", ")}`;
  return `${which} \`${path}\`${where}`;
}

/** "shop `http://127.0.0.1:3000`", with the path taken off named. */
export function sendToText(route: Route, service: Service | undefined): string {
  const targets = service?.targets.map((target) => `\`${target.url}\``).join(", ") ?? "";
  const stripped = strips(route) ? `, without \`${route.match.path}\`` : "";
  return `${`${route.service} ${targets}`.trim()}${stripped}`;
}

/** "key required" or "anyone". */
export function callersText({ authentication }: Route): string {
  return authentication.kind === "api_key" ? "key required" : "no key needed";
}

/** "60/min per key, 10/s per IP", or "no limit". */
export function limitsText({ rate_limits }: Route): string {
  return rate_limits.length === 0 ? "no limit" : rate_limits.map(limitText).join(", ");
}

/** The whole route as a sentence. */
export function routeText(route: Route, service: Service | undefined): string {
  const parts = [
    `${matchText(route.match)} → ${sendToText(route, service)}`,
    callersText(route),
    limitsText(route),
  ];
  return parts.join(", ");
}

function strips(route: Route): boolean {
  return route.strip_prefix && route.match.path !== "/";
}

/** A request and what the service behind the route sees of it. */
export function forwardingExample(
  route: Route,
  target: string | undefined,
): { asked: string; seen: string } {
  const prefix = route.match.path;
  const asked = prefix === "/" ? "/example" : `${prefix}/example`;
  const path = strips(route) ? asked.slice(prefix.length) : asked;
  return { asked, seen: `${(target ?? "").replace(/\/$/, "")}${path}` };
}
