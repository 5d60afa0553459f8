import type { Config, Consumer, Plan, Route, Service, Version } from "@/api/index.ts";
import { limitsText } from "@/forms/limits/limitText.ts";
import { cacheText } from "./cache/cacheText.ts";
import { callersText } from "./callers/callersText.ts";
import { changesText } from "./headers/headerText.ts";
import { matchSummary } from "./matching/matchText.ts";
import { mockText } from "./mocks/mockText.ts";
import type { RoutePartName } from "./search.ts";
import { sendToText } from "./sending/sendText.ts";
import {
  balanceText,
  breakerText,
  healthText,
  protocolText,
  retriesText,
  timeoutsText,
} from "./service/serviceText.ts";
import { versionsText } from "./versions/versionsText.ts";

/** What a request met of the configuration. */
export interface Met {
  route: string;
  /** The version of the route that it was of. */
  version: string | null;
  service: string | null;
  consumer: string | null;
  plan: string | null;
}

/** One line of what held for a request, and where it is written. */
export interface PolicyLine {
  /** What of the configuration it is part of: "Route orders". */
  part: string;
  title: string;
  text: string;
  /** All that the text sums up. */
  sums: unknown;
  link:
    | { to: "/routes"; search: { sel: string; part?: RoutePartName } }
    | { to: "/keys"; search: { show: "plans" | "consumers"; sel: string } }
    | { to: "/settings" };
}

/** What of a configuration held for a request, line by line; `null` where its route is not there. */
export function policyOf(config: Config, met: Met): PolicyLine[] | null {
  const route = config.routes.find(({ name }) => name === met.route);
  if (!route) return null;
  const version = route.versions?.list.find(({ name }) => name === met.version);
  const service = config.services.find(({ name }) => name === met.service);
  const consumer = config.consumers.find(({ name }) => name === met.consumer);
  const plan = config.plans.find(({ name }) => name === met.plan);
  return [
    ...ofRoute(route, service),
    ...(version ? ofVersion(route.name, version) : []),
    ...(consumer ? ofConsumer(consumer) : []),
    ...(plan ? ofPlan(plan) : []),
    {
      part: "All routes",
      title: "Limits",
      text: limitsText(config.limits),
      sums: config.limits,
      link: { to: "/settings" },
    },
    ...(service ? ofService(service) : []),
  ];
}

/** What says where a route's requests go, and how. */
const SENDING = [
  "service",
  "redirect",
  "respond",
  "aggregate",
  "strip_prefix",
  "rewrite",
  "host_header",
  "max_request_body_bytes",
] as const satisfies (keyof Route)[];

function ofRoute(route: Route, service: Service | undefined): PolicyLine[] {
  const line = (
    part: RoutePartName,
    title: string,
    text: string,
    ...sums: (keyof Route)[]
  ): PolicyLine => ({
    part: `Route ${route.name}`,
    title,
    text,
    sums: sums.map((member) => route[member]),
    link: { to: "/routes", search: { sel: route.name, part } },
  });
  return [
    line("match", "Match", matchSummary(route), "match", "priority", "enabled"),
    line("callers", "Who may call", callersText(route), "authentication", "authorization", "cors"),
    ...(route.versions
      ? [line("versions", "Versions", versionsText(route.versions), "versions")]
      : []),
    line("limits", "Limits", limitsText(route), "rate_limits", "quotas", "concurrency"),
    line("cache", "Cache", cacheText(route), "cache"),
    line("change", "Change", changesText(route), "request_headers", "response_headers"),
    ...(route.mock ? [line("mock", "Mock", mockText(route.mock), "mock")] : []),
    line("send", "Send to", sendToText(route, service), ...SENDING),
  ];
}

function ofVersion(route: string, version: Version): PolicyLine[] {
  return [
    {
      part: `Version ${version.name}`,
      title: "Limits",
      text: limitsText(version),
      sums: version,
      link: { to: "/routes", search: { sel: route, part: "versions" } },
    },
  ];
}

function ofConsumer(consumer: Consumer): PolicyLine[] {
  const { name, groups, scopes, plan } = consumer;
  const said = [
    groups.length > 0 && `in ${groups.join(", ")}`,
    scopes.length > 0 && `with ${scopes.join(", ")}`,
    plan !== null && `on plan \`${plan}\``,
  ].filter(Boolean);
  return [
    {
      part: `Consumer ${name}`,
      title: "Who",
      text: said.length === 0 ? "no groups, scopes or plan" : said.join(", "),
      sums: [groups, scopes, plan],
      link: { to: "/keys", search: { show: "consumers", sel: name } },
    },
  ];
}

function ofPlan(plan: Plan): PolicyLine[] {
  return [
    {
      part: `Plan ${plan.name}`,
      title: "Limits",
      text: limitsText(plan),
      sums: plan,
      link: { to: "/keys", search: { show: "plans", sel: plan.name } },
    },
  ];
}

function ofService(service: Service): PolicyLine[] {
  const line = (title: string, text: string, ...sums: (keyof Service)[]): PolicyLine => ({
    part: `Service ${service.name}`,
    title,
    text,
    sums: sums.map((member) => service[member]),
    link: { to: "/routes", search: { sel: `service:${service.name}` } },
  });
  return [
    line("Targets", balanceText(service), "targets", "balance"),
    line("Protocol", protocolText(service), "protocol", "tls"),
    line("Timeouts", timeoutsText(service), "timeouts"),
    line("Retries", retriesText(service), "retries", "hold_ms"),
    line("Health", healthText(service), "health"),
    line("Breaker", breakerText(service), "breaker"),
  ];
}
