import type { components } from "@/api/index.ts";

type Schemas = components["schemas"];
export type ActiveCheck = Schemas["ActiveCheck"];
export type PassiveCheck = Schemas["PassiveCheck"];
export type Breaker = Schemas["Breaker"];

/* What the gateway takes where a file says no more than that the thing is wanted. */

export const ACTIVE_CHECK: ActiveCheck = {
  kind: "http",
  path: "/",
  statuses: [],
  interval_ms: 5_000,
  timeout_ms: 1_000,
  healthy_after: 1,
  unhealthy_after: 2,
};

export const PASSIVE_CHECK: PassiveCheck = {
  failures: 5,
  statuses: [502, 503, 504],
  eject_ms: 10_000,
};

export const BREAKER: Breaker = {
  failure_percent: 50,
  min_requests: 10,
  window_ms: 10_000,
  open_ms: 10_000,
  half_open_requests: 1,
};
