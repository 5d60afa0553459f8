import type { OldVersion, QuotaBurn, Usage, UsageGroup } from "./queries.ts";

/** Usage as the gateway tells it, for tests. */
export const SINCE_S = 1_767_225_600;

interface GroupOf {
  name?: string;
  label?: string;
  /** Requests of each point: answered well, stopped by a limit, refused, failed. */
  points: readonly [number, number, number, number][];
}

export function group({ name, label, points }: GroupOf): UsageGroup {
  const of = (index: 0 | 1 | 2 | 3) => points.map((point) => point[index]);
  const sum = (index: 0 | 1 | 2 | 3) => of(index).reduce((all, one) => all + one, 0);
  const requests = sum(0) + sum(1) + sum(2) + sum(3);
  const zeros = points.map(() => 0);
  const some = (us: number) => points.map((point) => (point[0] > 0 ? us : null));
  const latency = { n: requests, p50_us: 11_000, p90_us: 40_000, p95_us: 52_000, p99_us: 140_000 };
  const figures = { ...latency, longest_us: 150_000 };
  const line = { n: of(0), p50_us: some(11_000), p95_us: some(52_000), p99_us: some(140_000) };
  return {
    ...(name !== undefined && { name }),
    ...(label !== undefined && { label }),
    last_us: (SINCE_S + points.length * 60) * 1_000_000 - 1,
    figures: {
      requests,
      outcomes: {
        informational: 0,
        success: sum(0),
        redirect: 0,
        unauthenticated: sum(2),
        limited: sum(1),
        caller_error: 0,
        server_error: sum(3),
      },
      request_bytes: 1000,
      response_bytes: 1_050_000,
      retries: 2,
      cache: {
        hits: sum(0),
        revalidated: 0,
        stale: 0,
        misses: sum(3),
        bypassed: 0,
        saved_bytes: 2000,
      },
      total: figures,
      upstream: figures,
      gateway: figures,
    },
    points: {
      outcomes: {
        informational: zeros,
        success: of(0),
        redirect: zeros,
        unauthenticated: of(2),
        limited: of(1),
        caller_error: zeros,
        server_error: of(3),
      },
      request_bytes: zeros,
      response_bytes: zeros,
      retries: zeros,
      cache: {
        hits: of(0),
        revalidated: zeros,
        stale: zeros,
        misses: of(3),
        bypassed: zeros,
        saved_bytes: of(0),
      },
      total: line,
      upstream: line,
      gateway: line,
    },
  };
}

const POINTS: [number, number, number, number][] = [
  [40, 0, 0, 0],
  [35, 5, 1, 2],
  [0, 0, 0, 0],
  [50, 12, 0, 0],
];

export function usage(groups: UsageGroup[], step = 60): Usage {
  const total = group({ points: POINTS });
  total.points.spread = POINTS.map(([ok]) =>
    ok > 0
      ? [
          { from_us: 8192, requests: ok - 4 },
          { from_us: 131_072, requests: 4 },
        ]
      : [],
  );
  return {
    since_us: SINCE_S * 1_000_000,
    until_us: (SINCE_S + POINTS.length * step) * 1_000_000,
    step_s: step,
    total,
    groups,
    more_groups: 0,
  };
}

export const BY: Record<string, Usage> = {
  route: usage([
    group({ name: "orders", points: POINTS }),
    group({ name: "search", points: [[3, 0, 0, 0]] }),
    group({ points: [[1, 0, 0, 0]] }),
  ]),
  key: usage([
    group({ name: "00000000-0000-0000-0000-000000000007", label: "mobile-dev", points: POINTS }),
    group({ points: [[0, 0, 4, 0]] }),
  ]),
  target: usage([
    group({ name: "http://127.0.0.1:3000", points: POINTS }),
    group({ name: "http://127.0.0.1:3001", points: [[1, 0, 0, 9]] }),
  ]),
  consumer: usage([
    group({ name: "acme (old)", points: POINTS }),
    group({ name: "(others)", points: [[5, 1, 0, 0]] }),
    group({ points: [[2, 0, 4, 0]] }),
  ]),
  plan: usage([group({ name: "gold", points: POINTS }), group({ points: [[1, 0, 0, 0]] })]),
  version: usage([group({ name: "v1", points: POINTS }), group({ name: "v2", points: POINTS })]),
};

export const QUOTA: QuotaBurn = {
  key: "00000000-0000-0000-0000-000000000007",
  key_name: "mobile-dev",
  quota: {
    name: "200/day per key",
    owner: { kind: "route", route: "orders" },
    by: "key",
    partition: "key",
    mode: "enforce",
    requests: 200,
    per: "day",
    used_before: 120,
    used_after: 120,
    admitted: true,
    resets_at_us: (SINCE_S + 86_400) * 1_000_000,
    time_zone: "UTC",
    retry_after_ms: 0,
  },
  since_us: SINCE_S * 1_000_000,
  step_s: 3600,
  left: [180, 140, 80],
  per_hour: 60,
  runs_out_at_us: (SINCE_S + 4.3 * 3600) * 1_000_000,
};

export const OLD: OldVersion = {
  route: "orders",
  version: "v1",
  deprecated_at: "2026-11-01T00:00:00Z",
  sunset_at: null,
  requests: 12,
  last_us: SINCE_S * 1_000_000,
  callers: [
    { key: "a", name: "mobile-dev", requests: 7, last_us: SINCE_S * 1_000_000 },
    { key: "b", name: "old-laptop", requests: 3, last_us: SINCE_S * 1_000_000 },
    { key: "c", name: "ci", requests: 2, last_us: SINCE_S * 1_000_000 },
  ],
};
