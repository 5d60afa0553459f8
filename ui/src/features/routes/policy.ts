import type { Config, Consumer, Plan, Route, Service } from "@/api/index.ts";
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
      link: { to: "/settings" },
    },
    ...(service ? ofService(service) : []),
  ];
}

function ofRoute(route: Route, service: Service | undefined): PolicyLine[] {
  const line = (part: RoutePartName, title: string, text: string): PolicyLine => ({
    part: `Route ${route.name}`,
    title,
    text,
    link: { to: "/routes", search: { sel: route.name, part } },
  });
  return [
    line("match", "Match", matchSummary(route)),
    line("callers", "Who may call", callersText(route)),
    ...(route.versions ? [line("versions", "Versions", versionsText(route.versions))] : []),
    line("limits", "Limits", limitsText(route)),
    line("cache", "Cache", cacheText(route)),
    line("change", "Change", changesText(route)),
    ...(route.mock ? [line("mock", "Mock", mockText(route.mock))] : []),
    line("send", "Send to", sendToText(route, service)),
  ];
}

function ofVersion(route: string, version: { name: string } & Parameters<typeof limitsText>[0]) {
  const link = { to: "/routes", search: { sel: route, part: "versions" } } as const;
  return [{ part: `Version ${version.name}`, title: "Limits", text: limitsText(version), link }];
}

function ofConsumer({ name, groups, scopes, plan }: Consumer): PolicyLine[] {
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
      link: { to: "/keys", search: { show: "plans", sel: plan.name } },
    },
  ];
}

function ofService(service: Service): PolicyLine[] {
  const line = (title: string, text: string): PolicyLine => ({
    part: `Service ${service.name}`,
    title,
    text,
    link: { to: "/routes", search: { sel: `service:${service.name}` } },
  });
  return [
    line("Targets", balanceText(service)),
    line("Protocol", protocolText(service)),
    line("Timeouts", timeoutsText(service)),
    line("Retries", retriesText(service)),
    line("Health", healthText(service)),
    line("Breaker", breakerText(service)),
  ];
}
