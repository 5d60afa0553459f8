import type { components } from "@/api/index.ts";
import { exchange } from "@/live/fixtures.ts";
import type { Detail } from "./queries.ts";

type Schemas = components["schemas"];
type Decision = Schemas["Decision"];

/** Text that would run if it were ever taken for HTML. */
export const HOSTILE = "<img src=x onerror=alert(1)>";

const line = (name: string, value: string) => ({ name, value });
const NO_BODY = { bytes: 0, truncated: false };
const OWN_TIMING = { connect_us: 0, wait_us: 0, receive_us: 0 };

const accepted: Decision = {
  stage: "accept",
  verdict: "passed",
  facts: { kind: "accepted", match_path: "/orders/8001" },
  at_us: 0,
  took_us: 21,
};
const matched: Decision = {
  stage: "match_route",
  verdict: "passed",
  facts: { kind: "route_matched", route: "orders", path: "/orders", host: null },
  at_us: 21,
  took_us: 44,
};
const keyAccepted: Decision = {
  stage: "authenticate",
  verdict: "passed",
  facts: {
    kind: "key_accepted",
    key: "0191f3a0-2222-7000-8000-000000000001",
    name: "acme-ci",
    place: "header x-api-key",
  },
  at_us: 65,
  took_us: 92,
};
const limits = (admitted: boolean): Decision => ({
  stage: "rate_limit",
  verdict: admitted ? "passed" : "stopped",
  facts: {
    kind: "limits",
    limits: [
      {
        name: "60/min per key",
        by: "key",
        partition: "0191f3a0-2222-7000-8000-000000000001",
        requests: 60,
        per: "minute",
        burst: 60,
        remaining_before: admitted ? 42 : 0,
        remaining_after: admitted ? 41 : 0,
        admitted,
        retry_after_ms: admitted ? 0 : 23_200,
        full_after_ms: admitted ? 19_000 : 59_000,
      },
    ],
  },
  at_us: 157,
  took_us: 61,
});

const answered: Detail = {
  summary: exchange(),
  sentence: "Answered by service `shop` (http://127.0.0.1:3000) with 200 in 8.7 ms.",
  revision: 7,
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
  client_port: 51_234,
  trace: [
    accepted,
    matched,
    keyAccepted,
    limits(true),
    {
      stage: "forward",
      verdict: "answered",
      facts: { kind: "forwarded", service: "shop", tries: 1, code: null, reason: null },
      at_us: 310,
      took_us: 8410,
    },
  ],
  attempts: [
    {
      target: "http://127.0.0.1:3000",
      at_us: 310,
      reused_connection: false,
      connect_us: 1200,
      first_byte_us: 7900,
      status: 200,
      code: null,
      reason: null,
    },
  ],
  client_request: [
    line("host", "127.0.0.1:8080"),
    line("accept", "*/*"),
    line("x-api-key", "gw_dev_…3f9c"),
    line("x-odd", HOSTILE),
  ],
  upstream_request: [
    line("host", "127.0.0.1:3000"),
    line("accept", "*/*"),
    line("x-odd", HOSTILE),
    line("via", "1.1 gatewright"),
  ],
  upstream_response: [line("content-type", "application/json"), line("connection", "close")],
  client_response: [line("content-type", "application/json"), line("x-request-id", "0191")],
  request_body: NO_BODY,
  response_body: {
    content_type: "application/json",
    content_encoding: "gzip",
    bytes: 1834,
    truncated: false,
    text: `{"id":12345678901234567890,"name":"${HOSTILE}"}`,
  },
};

/** An answer of the gateway's own: nothing was sent to a service. */
const own = (
  summary: Partial<Schemas["ExchangeSummary"]>,
  rest: Pick<Detail, "sentence" | "trace">,
): Detail => ({
  ...answered,
  ...rest,
  summary: exchange({
    source: "gateway",
    target: null,
    tries: 0,
    duration_us: 410,
    timing: { gateway_us: 410, ...OWN_TIMING },
    ...summary,
  }),
  attempts: [],
  upstream_request: null,
  upstream_response: null,
  response_body: {
    content_type: "application/problem+json",
    bytes: 4,
    truncated: false,
    text: "{}",
  },
});

/** One request of each kind, as the gateway tells it. */
export const DETAILS = {
  200: answered,
  401: own(
    {
      seq: 2,
      status: 401,
      code: "key_missing",
      decided_by: "authenticate",
      note: "no key",
      key: null,
    },
    {
      sentence: "Refused: no API key was sent, and one is needed on route `orders`.",
      trace: [
        accepted,
        matched,
        {
          stage: "authenticate",
          verdict: "stopped",
          facts: {
            kind: "key_refused",
            code: "key_missing",
            key: null,
            name: null,
            place: null,
            hint: null,
          },
          at_us: 65,
          took_us: 30,
        },
      ],
    },
  ),
  404: own(
    {
      seq: 3,
      status: 404,
      path: `/oders/${HOSTILE}`,
      code: "route_not_found",
      decided_by: "match_route",
      note: "no route",
      route: null,
      service: null,
      key: null,
    },
    {
      sentence:
        "No route takes this request. The nearest is `orders`: path `/oders` is not under `/orders`.",
      trace: [
        accepted,
        {
          stage: "match_route",
          verdict: "stopped",
          facts: {
            kind: "no_route",
            code: "route_not_found",
            allowed_methods: [],
            near_misses: [
              { route: "orders", reason: "path `/oders` is not under `/orders`" },
              { route: "users", reason: "path `/oders` is not under `/users`" },
            ],
          },
          at_us: 21,
          took_us: 80,
        },
      ],
    },
  ),
  429: own(
    { seq: 4, status: 429, code: "rate_limited", decided_by: "rate_limit", note: "60/min per key" },
    {
      sentence:
        "Stopped by rate limit `60/min per key` on route `orders`; room for one more in 24 s.",
      trace: [accepted, matched, keyAccepted, limits(false)],
    },
  ),
  502: {
    ...own(
      {
        seq: 5,
        status: 502,
        code: "upstream_refused",
        decided_by: "forward",
        note: "refused",
        tries: 2,
      },
      {
        sentence: "Service `shop` gave no answer: nothing listens at http://127.0.0.1:3000.",
        trace: [
          accepted,
          matched,
          keyAccepted,
          limits(true),
          {
            stage: "forward",
            verdict: "stopped",
            facts: {
              kind: "forwarded",
              service: "shop",
              tries: 2,
              code: "upstream_refused",
              reason: "nothing listens at http://127.0.0.1:3000",
            },
            at_us: 310,
            took_us: 4000,
          },
        ],
      },
    ),
    attempts: [
      {
        target: "http://127.0.0.1:3000",
        at_us: 310,
        reused_connection: true,
        connect_us: null,
        first_byte_us: null,
        status: null,
        code: "upstream_reset",
        reason: "The connection was closed before there was an answer.",
      },
      {
        target: "http://127.0.0.1:3000",
        at_us: 2300,
        reused_connection: false,
        connect_us: null,
        first_byte_us: null,
        status: null,
        code: "upstream_refused",
        reason: "Connection refused.",
      },
    ],
  },
} satisfies Record<number, Detail>;
