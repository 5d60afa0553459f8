import type { Exchange } from "./exchange.ts";

/** When the first exchange of the tests arrived: 2026-11-23 14:02:11.482 local time. */
const BEGIN_US = new Date(2026, 10, 23, 14, 2, 11, 482).getTime() * 1000;

/** A request that went well, for tests; `changes` makes it another one. */
export function exchange(changes: Partial<Exchange> = {}): Exchange {
  const seq = changes.seq ?? 1;
  return {
    seq,
    id: `0191f3a0-0000-7000-8000-${String(seq).padStart(12, "0")}`,
    request_id: `0191f3a0-1111-7000-8000-${String(seq).padStart(12, "0")}`,
    started_at_us: BEGIN_US + seq * 8000,
    method: "GET",
    host: "127.0.0.1:8080",
    path: `/orders/${8000 + seq}`,
    query: null,
    protocol: "http/1.1",
    stream: null,
    messages: 0,
    status: 200,
    source: "upstream",
    ending: "complete",
    code: null,
    decided_by: "forward",
    note: null,
    route: "orders",
    service: "shop",
    target: "http://127.0.0.1:3000",
    key: { id: "0191f3a0-2222-7000-8000-000000000001", name: "acme-ci" },
    client_ip: "127.0.0.1",
    origin: "caller",
    replay_of: null,
    tries: 1,
    request_bytes: 0,
    response_bytes: 1834,
    duration_us: 8720,
    timing: { gateway_us: 310, connect_us: 0, wait_us: 7900, receive_us: 510 },
    ...changes,
  };
}
