import { defaultAuthentication } from "./accessDefaults.ts";

import type { Config, Route, Service, Version, Versions } from "./config.ts";

/** A route that takes everything and asks nothing, as the gateway would fill it in. */
export function defaultRoute(name: string, service: string | null = null): Route {
  return {
    name,
    enabled: true,
    priority: 0,
    match: { hosts: [], path: "/", path_kind: "prefix", methods: [], headers: [], query: [] },
    service,
    redirect: null,
    respond: null,
    mock: null,
    aggregate: null,
    strip_prefix: false,
    rewrite: null,
    host_header: { kind: "caller", value: null },
    request_headers: { remove: [], set: [], add: [] },
    response_headers: { remove: [], set: [], add: [] },
    max_request_body_bytes: null,
    authentication: defaultAuthentication(),
    authorization: [],
    cors: null,
    rate_limits: [],
    quotas: [],
    concurrency: [],
    cache: null,
    versions: null,
    tests: [],
  };
}

/** A version that is as its route is, as the gateway would fill it in. */
export function defaultVersion(name: string): Version {
  return {
    name,
    value: null,
    service: null,
    mock: null,
    rewrite: null,
    request_headers: { remove: [], set: [], add: [] },
    response_headers: { remove: [], set: [], add: [] },
    rate_limits: [],
    quotas: [],
    concurrency: [],
    deprecated_at: null,
    sunset_at: null,
    enforce_sunset: false,
    deprecation_link: null,
    sunset_link: null,
    successor: null,
  };
}

/** One version that callers name in a header, and get if they name none. */
export function defaultVersions(name = "v1"): Versions {
  return {
    by: "header",
    name: null,
    place: "first",
    pattern: null,
    strip: true,
    default: name,
    split: null,
    list: [defaultVersion(name)],
  };
}

/** A service with one target, as the gateway would fill it in. */
export function defaultService(name: string, url = "http://127.0.0.1:3000"): Service {
  return {
    name,
    targets: [{ url, weight: 1 }],
    protocol: "auto",
    tls: { ca_file: null, server_name: null, skip_verify: false },
    process: null,
    balance: { algorithm: "round_robin", hash_by: "ip", hash_name: null, sticky_cookie: null },
    health: { active: null, passive: null, panic_percent: 0 },
    breaker: null,
    retries: { attempts: 1, statuses: [], budget_percent: 20 },
    hold_ms: 0,
    timeouts: { connect_ms: 2000, first_byte_ms: 60_000, idle_ms: null, total_ms: null },
  };
}

/** Where the gateway listens if nobody says otherwise. */
export function defaultListen(): Config["listen"] {
  return {
    address: "127.0.0.1",
    port: 8080,
    https: null,
    max_request_body_bytes: null,
    limits: {
      max_uri_bytes: 16_384,
      max_header_bytes: 65_536,
      max_headers: 100,
      header_read_timeout_ms: 30_000,
      idle_timeout_ms: 60_000,
      max_connections: 4096,
    },
  };
}

/** What is kept of each request if nobody says otherwise. */
export function defaultRecording(): Config["recording"] {
  return {
    bodies: true,
    max_body_bytes: 65_536,
    max_messages: 500,
    metrics: false,
    redact: { headers: [], fields: [] },
    retention: { max_rows: 1_000_000, max_bytes: 2_147_483_648, max_age_days: 30 },
  };
}
