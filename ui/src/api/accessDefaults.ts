import type {
  AccessRule,
  ApiKeySettings,
  Authentication,
  ConcurrencyLimit,
  Consumer,
  Cors,
  ForwardAuth,
  Issuer,
  Limits,
  Plan,
  Quota,
  RateLimit,
} from "./config.ts";

/** Asks callers nothing. */
export function defaultAuthentication(): Authentication {
  return { methods: [], require: "any", anonymous: false, issuers: [], forward: null };
}

/** A rule that asks nothing yet. */
export function defaultAccessRule(): AccessRule {
  return {
    methods: [],
    versions: [],
    scopes_all: [],
    scopes_any: [],
    groups: [],
    consumers: [],
    allow_ips: [],
    deny_ips: [],
  };
}

/** Pages of these origins may call; the rest as the gateway would fill it in. */
export function defaultCors(origins: string[] = []): Cors {
  return {
    origins,
    methods: [],
    headers: ["*"],
    expose: [],
    credentials: false,
    max_age_s: 600,
  };
}

/** A service that is asked about callers, as the gateway would fill it in. */
export function defaultForwardAuth(url = ""): ForwardAuth {
  return {
    url,
    timeout_ms: 5000,
    request_headers: [],
    response_headers: [],
    consumer_header: null,
  };
}

/** A rate limit as the gateway would fill it in. */
export function defaultRateLimit(
  requests: number,
  per: RateLimit["per"],
  by: RateLimit["by"],
): RateLimit {
  return {
    name: null,
    requests,
    per,
    by,
    of: null,
    algorithm: "token_bucket",
    burst: null,
    count_rejected: false,
    mode: "enforce",
  };
}

/** A quota as the gateway would fill it in. */
export function defaultQuota(requests: number, per: Quota["per"], by: Quota["by"]): Quota {
  return { name: null, requests, per, by, of: null, mode: "enforce" };
}

/** A limit on running requests as the gateway would fill it in. */
export function defaultConcurrency(requests: number, by: ConcurrencyLimit["by"]): ConcurrencyLimit {
  return { name: null, requests, by, of: null, mode: "enforce" };
}

/** No limits for all routes together, and limits told as the IETF has it. */
export function defaultLimits(): Limits {
  return { headers: "ietf", time_zone: "UTC", rate_limits: [], quotas: [], concurrency: [] };
}

/** Keys in the usual headers, and taken out before a request is sent on. */
export function defaultApiKeys(): ApiKeySettings {
  return { headers: ["X-API-Key"], bearer: true, query: null, strip: true };
}

/** A consumer without groups, plan and password. */
export function defaultConsumer(name: string): Consumer {
  return { name, labels: {}, groups: [], scopes: [], plan: null, password_hash: null };
}

/** A plan that limits nothing yet. */
export function defaultPlan(name: string): Plan {
  return { name, rate_limits: [], quotas: [], concurrency: [] };
}

/** An issuer whose keys are fetched, as the gateway would fill it in. */
export function defaultIssuer(name: string): Issuer {
  return {
    name,
    issuer: "",
    audiences: [],
    algorithms: ["RS256"],
    jwks: { url: "", file: null, refresh_s: 900 },
    secret: null,
    leeway_s: 60,
    scope_claims: ["scope", "scp"],
    consumer_claim: "sub",
    groups_claim: null,
  };
}
