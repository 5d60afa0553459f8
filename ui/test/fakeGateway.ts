import { beforeEach, vi } from "vitest";
import {
  type Config,
  type components,
  defaultApiKeys,
  defaultLimits,
  defaultListen,
  defaultRecording,
  defaultVersion,
  defaultVersions,
  type Version,
  type Versions,
} from "@/api/index.ts";

type Schemas = components["schemas"];
type AddVersion = Schemas["AddVersion"];

/** A refusal as the gateway writes it. */
export type Refusal = Partial<Schemas["Problem"]> & Pick<Schemas["Problem"], "code" | "status">;

/**
 * The admin API in memory, for component tests: keeps a configuration with revisions and keys,
 * checks `If-Match`, and refuses what `check` finds wrong. `calls` is what was asked of it.
 */
export interface FakeGateway {
  config: Config;
  revision: number;
  status: Schemas["Status"];
  keys: Schemas["KeyWithUsage"][];
  /** How services are; one that is left out answers 404. */
  states: Schemas["ServiceState"][];
  /** How the programs of services are. */
  processes: Schemas["ProcessState"][];
  /** What they wrote. */
  output: Schemas["OutputLine"][];
  scan: Schemas["Scan"];
  /** Certificates that are read from files. */
  certificates: Schemas["Certificate"][];
  /** What goes wrong on purpose. */
  faults: Schemas["Fault"][];
  /** How limits stand, whoever asks. */
  limits: Schemas["LimitsState"];
  /** What is kept of answers. */
  cache: Schemas["CacheState"];
  /** Revisions before the present one, oldest first, with the configuration each left. */
  past: { info: Schemas["RevisionInfo"]; config: Config; changes: string[] }[];
  /** What is wrong with a configuration. */
  check: (config: Config) => Schemas["Issue"][];
  /** Answers instead of the above: `"POST /api/v1/gateway/start": () => …`. */
  answers: Record<string, (body: never, url: URL) => Response | Promise<Response>>;
  calls: { method: string; path: string; body: unknown; ifMatch: string | null }[];
}

export const STATUS: Schemas["Status"] = {
  version: "0.1.0",
  shell: "headless",
  revision: 1,
  warnings: [],
  gateway: { state: "running", address: "127.0.0.1:8080" },
  url: "http://127.0.0.1:8080",
  https: { state: "off" },
  exposed: false,
  faults: [],
  recorder: { recorded: 3120, dropped: 0, dropped_messages: 0, queued: 0, in_flight: 1 },
  log: { rows: 3120, bytes: 4_000_000 },
  traffic: { window_s: 10, requests: 3120, per_second: 312, error_share: 0.041, p95_us: 48_000 },
  data_dir: "/data",
};

export const json = (body: unknown, init: ResponseInit = {}) =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { "Content-Type": "application/json", ...init.headers },
  });

export function refuse(problem: Refusal): Response {
  const full = { type: "about:blank", title: problem.code, detail: problem.code, ...problem };
  return json(full, {
    status: problem.status,
    headers: { "Content-Type": "application/problem+json" },
  });
}

/**
 * Stands in for the gateway during each test of a file; call it at the top. It stays until the file
 * ends: what a test leaves under way must not reach for a real one.
 */
export function fakeGateway(initial: Partial<FakeGateway> = {}): FakeGateway {
  const gateway = {} as FakeGateway;
  const real = globalThis.fetch;
  beforeEach(() => {
    Object.assign(gateway, structuredClone(PLAIN), { check: () => [], answers: {} }, initial);
    vi.stubGlobal("fetch", async (request: Request) => {
      const url = new URL(request.url);
      if (!url.pathname.startsWith("/api/v1/")) return real(request);
      return serve(gateway, request, url);
    });
  });
  return gateway;
}

const PLAIN: Omit<FakeGateway, "check" | "answers"> = {
  config: {
    version: 1,
    listen: defaultListen(),
    recording: defaultRecording(),
    api_keys: defaultApiKeys(),
    consumers: [],
    issuers: [],
    limits: defaultLimits(),
    cache: { max_bytes: 67_108_864, max_answer_bytes: 4_194_304 },
    local_issuer: null,
    plans: [],
    echo: null,
    services: [],
    routes: [],
    no_route_tests: [],
  },
  revision: 1,
  status: STATUS,
  keys: [],
  states: [],
  processes: [],
  output: [],
  scan: { found: [], checked: 0, took_us: 1000 },
  certificates: [],
  faults: [],
  limits: { limits: [], quotas: [], concurrency: [] },
  cache: {
    answers: 0,
    bytes: 0,
    max_bytes: 67_108_864,
    evicted: 0,
    counts: { hits: 0, stale: 0, revalidated: 0, misses: 0, bypassed: 0, saved_bytes: 0 },
    routes: [],
  },
  past: [],
  calls: [],
};

async function serve(gateway: FakeGateway, request: Request, url: URL): Promise<Response> {
  const text = await request.text();
  const body: unknown = text === "" ? undefined : JSON.parse(text);
  const ifMatch = request.headers.get("if-match");
  const path = decodeURIComponent(url.pathname).replace("/api/v1", "");
  gateway.calls.push({ method: request.method, path, body, ifMatch });
  const override = gateway.answers[`${request.method} ${path}`];
  if (override) return override(body as never, url);
  return (
    read(gateway, request.method, path, url) ?? write(gateway, request.method, path, body, ifMatch)
  );
}

/** The keys that are asked for, on one page. */
function pageOf(keys: FakeGateway["keys"], url: URL): Schemas["KeyPage"] {
  const text = url.searchParams.get("text")?.toLowerCase() ?? "";
  const consumer = url.searchParams.get("consumer");
  const state = url.searchParams.get("state");
  const rows = keys.filter(
    (row) =>
      [row.key.name, row.key.consumer, row.key.hint].some((one) =>
        one.toLowerCase().includes(text),
      ) &&
      (consumer === null || row.key.consumer === consumer) &&
      (state === null || row.state === state),
  );
  return { rows, next: null, matching: rows.length, total: keys.length };
}

function read(gateway: FakeGateway, method: string, path: string, url: URL): Response | null {
  const headers = { ETag: `"${gateway.revision}"` };
  switch (`${method} ${path}`) {
    case "GET /status":
      return json({ ...gateway.status, faults: gateway.faults });
    case "GET /config":
      return json(gateway.config, { headers });
    case "GET /routes":
      return json(gateway.config.routes, { headers });
    case "GET /services":
      return json(gateway.config.services, { headers });
    case "GET /service-states":
      return json(gateway.states);
    case "GET /processes":
      return json(gateway.processes);
    case "GET /keys":
      return json(pageOf(gateway.keys, url));
    case "GET /certificates":
      return json(gateway.certificates);
    case "GET /issuers":
      return json([]);
    case "GET /limits/state":
      return json(gateway.limits);
    case "GET /cache":
      return json(gateway.cache);
    case "POST /discovery/scan":
      return json(gateway.scan);
    case "GET /revisions":
      return json({ revisions: gateway.past.map(({ info }) => info).toReversed() });
    default: {
      const service = /^\/services\/([^/]+)\/state$/.exec(path)?.[1];
      const state = gateway.states.find((one) => one.service === service);
      if (service) return state ? json(state) : refuse({ code: "not_found", status: 404 });
      const [, of, part] = /^\/services\/([^/]+)\/process(\/output)?$/.exec(path) ?? [];
      const process = gateway.processes.find((one) => one.service === of);
      if (process && part) {
        const text = url.searchParams.get("q") ?? "";
        const bound = (name: string) => url.searchParams.get(name);
        const lines = gateway.output.filter(
          (line) =>
            line.text.includes(text) &&
            (bound("stderr") === null || line.stream === "stderr") &&
            (bound("instance") === null || line.instance === Number(bound("instance"))) &&
            (bound("from_us") === null || line.at_us >= Number(bound("from_us"))) &&
            (bound("to_us") === null || line.at_us <= Number(bound("to_us"))),
        );
        return json({ lines, more: false, not_kept: 0 });
      }
      if (of && !process) return refuse({ code: "not_found", status: 404 });
      if (process) return json(process, { status: method === "POST" ? 202 : 200 });
      const number = /^\/revisions\/(\d+)$/.exec(path)?.[1];
      const found = gateway.past.find(({ info }) => String(info.number) === number);
      return method === "GET" && found ? json(found) : null;
    }
  }
}

/** Switches a fault on, or faults off. */
function switched(gateway: FakeGateway, method: string, path: string, body: unknown): Response {
  if (method === "DELETE") {
    gateway.faults = gateway.faults.filter(
      ({ id }) => path !== "/faults" && path !== `/faults/${id}`,
    );
    return new Response(null, { status: 204 });
  }
  const wanted = body as Schemas["NewFault"];
  const fault: Schemas["Fault"] = {
    id: `fault-${gateway.faults.length + 1}`,
    effect: wanted.effect,
    route: wanted.route ?? null,
    version: wanted.version ?? null,
    key: wanted.key ?? null,
    share_percent: wanted.share_percent ?? 100,
    times: wanted.times ?? null,
    began_at_us: Date.now() * 1000,
    ends_at_us: (Date.now() + (wanted.for_seconds ?? 600) * 1000) * 1000,
    seen: 0,
    struck: 0,
  };
  gateway.faults = [...gateway.faults, fault];
  return json(fault, { status: 201 });
}

function write(
  gateway: FakeGateway,
  method: string,
  path: string,
  body: unknown,
  ifMatch: string | null,
): Response {
  if (`${method} ${path}` === "POST /config/validate") {
    const issues = gateway.check(body as Config);
    return json({ valid: issues.every((issue) => issue.severity !== "error"), issues });
  }
  if (path.startsWith("/faults")) return switched(gateway, method, path, body);
  const next = edited(gateway, method, path, body);
  if (!next) return refuse({ code: "not_found", status: 404 });
  if (ifMatch !== null && ifMatch !== `"${gateway.revision}"`) {
    return refuse({ code: "config_conflict", status: 412, current_revision: gateway.revision });
  }
  const issues = gateway.check(next);
  if (issues.some((issue) => issue.severity === "error")) {
    return refuse({ code: "config_refused", status: 422, issues });
  }
  gateway.config = next;
  gateway.revision += 1;
  return json(
    { revision: gateway.revision, warnings: issues },
    { status: method === "POST" && path === "/routes" ? 201 : 200 },
  );
}

/** The configuration after an edit; `null` for what is no edit this fake knows. */
function edited(gateway: FakeGateway, method: string, path: string, body: unknown) {
  const config = structuredClone(gateway.config);
  const [, list, name, verb] = path.split("/");
  if (list === "config" && method === "PUT") return body as Config;
  if (list === "revisions" && verb === "restore") {
    return gateway.past.find(({ info }) => String(info.number) === name)?.config ?? null;
  }
  if (list !== "routes" && list !== "services") return null;
  const items: { name: string }[] = (config[list] ??= []);
  const at = items.findIndex((item) => item.name === name);
  if (method === "POST" && verb === "versions") addVersion(config.routes[at], body as AddVersion);
  else if (method === "POST") items.push(body as { name: string });
  else if (method === "DELETE") items.splice(at, 1);
  else items.splice(at < 0 ? items.length : at, 1, body as { name: string });
  return config;
}

/** To a route without versions, as the gateway does. */
function addVersion(
  route: Config["routes"][number] | undefined,
  { version, ...scheme }: AddVersion,
) {
  if (!route || route.versions) throw new Error("This fake adds versions to a route without any.");
  route.versions = {
    ...defaultVersions(),
    ...(scheme as Partial<Versions>),
    default: "original",
    list: [defaultVersion("original"), version as Version],
  };
}
