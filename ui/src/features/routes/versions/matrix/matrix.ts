import type { Config, Route, Version } from "@/api/index.ts";
import { limitsText } from "@/forms/limits/limitText.ts";
import { cacheText } from "../../cache/cacheText.ts";
import { callersText } from "../../callers/callersText.ts";
import { changesText } from "../../headers/headerText.ts";
import { matchSummary } from "../../matching/matchText.ts";
import { mockText } from "../../mocks/mockText.ts";
import { sendToText } from "../../sending/sendText.ts";
import { stateOf } from "../versionsText.ts";

/** What became of an endpoint in a version, beside the version before it that has it. */
export type Became = "first" | "same" | "changed" | "new" | "removed";

/** One line of how an endpoint is defined in a version. */
export interface Line {
  title: string;
  text: string;
  /** All that the text sums up. */
  sums: unknown;
}

/** An endpoint as a version has it. */
export interface Definition {
  route: string;
  /** The version of the route; `null` where the route as a whole is the version. */
  version: string | null;
  /** What the version is called. */
  name: string;
  lines: readonly Line[];
  life: "current" | "deprecated" | "stopped";
  /** When it stops, RFC 3339. */
  until: string | null;
}

/** `null` before the endpoint's first version. */
export type MatrixCell = {
  became: Became;
  /** Absent where it was removed. */
  definition: Definition | null;
  /** The last version before that had it. */
  before: Definition | null;
} | null;

export interface MatrixRow {
  id: string;
  /** "GET, POST /orders" */
  endpoint: string;
  cells: readonly MatrixCell[];
}

/** The endpoints of a service down, its versions across, the oldest first. */
export interface VersionMatrix {
  /** `null` for endpoints that no service answers. */
  service: string | null;
  columns: readonly string[];
  rows: readonly MatrixRow[];
}

/** A segment of a path that names a version, as in `/v1/orders` and `/api/v1.2/orders`. */
const SEGMENT = /\/(v\d+(?:\.\d+)*)(?=\/|$)/;

/**
 * Which version has which endpoint, by service: of routes with versions, and of routes that have the version in their
 * path, where there are two such that differ in nothing else of it.
 */
export function versionMatrices(config: Config): VersionMatrix[] {
  const found = [...ofVersionedRoutes(config), ...ofVersionedPaths(config)];
  const services = [...new Set(found.map(({ service }) => service))];
  return services.map((service) => {
    const own = found.filter((endpoint) => endpoint.service === service);
    const columns = inOrder(own.flatMap(({ has }) => [...has.keys()]));
    const rows = own.map(({ id, endpoint, has }) => ({
      id,
      endpoint,
      cells: cellsOf(columns, has),
    }));
    return { service, columns, rows };
  });
}

interface Endpoint {
  id: string;
  /** Of the route. One version of it may go to another. */
  service: string | null;
  endpoint: string;
  /** By version. */
  has: Map<string, Definition>;
}

function ofVersionedRoutes(config: Config): Endpoint[] {
  return config.routes.flatMap((route) => {
    if (route.versions === null || route.versions.list.length === 0) return [];
    const has = route.versions.list.map((version): [string, Definition] => [
      version.name,
      {
        route: route.name,
        version: version.name,
        name: version.name,
        lines: linesOf(config, asVersion(route, version), route.match.path, version),
        life: stateOf(version),
        until: version.sunset_at,
      },
    ]);
    const endpoint = endpointOf(route, route.match.path);
    return [{ id: route.name, service: route.service, endpoint, has: new Map(has) }];
  });
}

function ofVersionedPaths(config: Config): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const route of config.routes) {
    const [segment, name] = SEGMENT.exec(route.match.path) ?? [];
    if (route.versions !== null || segment === undefined || name === undefined) continue;
    const path = route.match.path.replace(segment, "/{version}");
    const endpoint = endpointOf(route, path);
    const id = `${endpoint} ${route.match.hosts.join(" ")}`;
    const row = found.get(id) ?? {
      id,
      endpoint,
      service: route.service,
      has: new Map<string, Definition>(),
    };
    found.set(id, row);
    // Of two routes with the same path the first takes the requests.
    if (row.has.has(name)) continue;
    const lines = linesOf(config, route, path, null);
    row.has.set(name, {
      route: route.name,
      version: null,
      name,
      lines,
      life: "current",
      until: null,
    });
  }
  const rows = [...found.values()];
  const names = new Set(rows.flatMap(({ has }) => [...has.keys()]));
  return names.size < 2 ? [] : rows;
}

function endpointOf({ match }: Route, path: string): string {
  return `${match.methods.join(", ") || "Any"} ${path}`;
}

/** The route as callers of a version meet it. */
function asVersion(route: Route, version: Version): Route {
  return {
    ...route,
    service: version.service ?? route.service,
    rewrite: version.rewrite ?? route.rewrite,
    mock: version.mock ?? route.mock,
    rate_limits: [...route.rate_limits, ...version.rate_limits],
    quotas: [...route.quotas, ...version.quotas],
    concurrency: [...route.concurrency, ...version.concurrency],
  };
}

function linesOf(config: Config, route: Route, path: string, version: Version | null): Line[] {
  const service = config.services.find(({ name }) => name === route.service);
  const match = { ...route.match, path };
  const { rate_limits, quotas, concurrency } = route;
  const { redirect, respond, aggregate, strip_prefix, rewrite, host_header } = route;
  const both = (of: Route | Version) => [of.request_headers, of.response_headers];
  return [
    { title: "Match", text: matchSummary({ ...route, match }), sums: [match, route.enabled] },
    {
      title: "Send to",
      text: sendToText(route, service),
      sums: [route.service, redirect, respond, aggregate, strip_prefix, rewrite, host_header],
    },
    { title: "Mock", text: mockText(route.mock), sums: route.mock },
    {
      title: "Who may call",
      text: callersText(route),
      sums: [route.authentication, route.authorization, route.cors],
    },
    { title: "Limits", text: limitsText(route), sums: [rate_limits, quotas, concurrency] },
    { title: "Cache", text: cacheText(route), sums: route.cache },
    {
      title: "Change",
      text:
        [route, version]
          .flatMap((of) => (of === null ? [] : [changesText(of)]))
          .filter((text) => text !== "nothing")
          .join("; ") || "nothing",
      sums: [both(route), version && both(version)],
    },
  ];
}

function cellsOf(columns: readonly string[], has: ReadonlyMap<string, Definition>): MatrixCell[] {
  let before: Definition | null = null;
  return columns.map((column, at): MatrixCell => {
    const definition = has.get(column) ?? null;
    const cell: MatrixCell =
      definition === null && before === null
        ? null
        : { became: becameOf(definition, before, at), definition, before };
    before = definition ?? before;
    return cell;
  });
}

function becameOf(definition: Definition | null, before: Definition | null, at: number): Became {
  if (definition === null) return "removed";
  if (before === null) return at === 0 ? "first" : "new";
  return differences(before, definition).some(({ differs }) => differs) ? "changed" : "same";
}

export interface Difference {
  title: string;
  before: string;
  after: string;
  differs: boolean;
}

/** Two definitions, line by line. */
export function differences(before: Definition, after: Definition): Difference[] {
  return after.lines.map(({ title, text, sums }, at) => {
    const other = before.lines[at];
    return {
      title,
      before: other?.text ?? "",
      after: text,
      differs: JSON.stringify(other?.sums) !== JSON.stringify(sums),
    };
  });
}

/** The names once each: `original` first, then as people count, else as they were written. */
function inOrder(names: readonly string[]): string[] {
  const once = [...new Set(names)];
  const rest = once.filter((name) => name !== "original");
  const counted = rest.every((name) => /\d/.test(name));
  const collator = new Intl.Collator("en", { numeric: true });
  const sorted = counted ? rest.toSorted((a, b) => collator.compare(a, b)) : rest;
  return once.includes("original") ? ["original", ...sorted] : sorted;
}
