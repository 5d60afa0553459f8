import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { afterEach, beforeEach, expect, vi } from "vitest";
import { page } from "vitest/browser";
import { render } from "vitest-browser-react";
import { events, type GatewayEvent } from "@/api/index.ts";
import type { RowCells } from "@/live/detailCells.ts";
import type { Exchange } from "@/live/exchange.ts";
import { type FakeGateway, fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { createQueryClient } from "../../app/queryClient.ts";
import { createAppRouter } from "../../app/router.tsx";
import { DETAILS } from "./fixtures.ts";
import type { Detail } from "./queries.ts";

/** A gateway with a log that grows when a test says so. */
export interface FakeTraffic {
  gateway: FakeGateway;
  /** The log, oldest first. */
  rows: Exchange[];
  details: Map<string, Detail>;
  /** The query of the event stream that is open. */
  asked: () => URLSearchParams;
  /** Makes requests end and tells of them; as the gateway does, at most as many as were asked for. */
  end: (rows: readonly Exchange[], more?: { open?: Exchange[]; cells?: RowCells[] }) => void;
  tell: (event: GatewayEvent) => void;
}

/** Stands in for the gateway, its log and its events during each test of a file. */
export function fakeTraffic(): FakeTraffic {
  const gateway = fakeGateway();
  let streams: FakeStream[] = [];
  class FakeStream {
    onopen: () => void = () => undefined;
    onmessage: (message: { data: string }) => void = () => undefined;
    onerror: () => void = () => undefined;
    readonly url: string;
    constructor(url: string) {
      this.url = url;
      streams.push(this);
      queueMicrotask(() => this.onopen());
    }
    close() {
      streams = streams.filter((stream) => stream !== this);
    }
  }
  const traffic: FakeTraffic = {
    gateway,
    rows: [],
    details: new Map(),
    asked: () => new URL(streams.at(-1)?.url ?? "/", "http://x").searchParams,
    tell: (event) => streams.at(-1)?.onmessage({ data: JSON.stringify(event) }),
    end(ended, { open = [], cells = [] } = {}) {
      traffic.rows.push(...ended);
      const matching = ended.filter(matcher(traffic.asked().get("q") ?? ""));
      const rows = matching.slice(-Number(traffic.asked().get("rows")));
      traffic.tell({
        type: "traffic",
        rows,
        matched: matching.length,
        omitted: matching.length - rows.length,
        counts: [],
        newest: traffic.rows.at(-1)?.seq ?? 0,
        total_seen: traffic.rows.length,
        open,
        cells,
        figures: { window_s: 10, requests: 0, per_second: 0 },
        dropped: 0,
      });
    },
  };
  beforeEach(() => {
    traffic.rows = [];
    traffic.details = new Map(Object.values(DETAILS).map((detail) => [detail.summary.id, detail]));
    gateway.status = { ...gateway.status, log: { rows: 1204, bytes: 0 } };
    gateway.answers["GET /exchanges"] = (_body, url) => readPage(traffic.rows, url.searchParams);
    gateway.answers["GET /exchanges/sorted"] = (_body, url) =>
      readSorted(traffic.rows, url.searchParams);
    gateway.answers["GET /exchanges/filter"] = (_body, url) =>
      readFilter(url.searchParams.get("q") ?? "");
    gateway.answers["GET /exchanges/completions"] = () => json({ from: 0, to: 0, options: [] });
    gateway.answers["GET /exchanges/hidden"] = () =>
      json({ shown: { count: 0, all: true }, without: [] });
    gateway.answers["GET /exchanges/histogram"] = (_body, url) =>
      readHistogram(traffic.rows, url.searchParams);
    gateway.answers["GET /views"] = () => json([]);
    for (const { summary } of Object.values(DETAILS)) answerDetail(traffic, summary.id);
    vi.stubGlobal("EventSource", FakeStream);
    events.start();
  });
  afterEach(() => events.stop());
  return traffic;
}

/** Makes the detail of a request readable. */
export function answerDetail({ gateway, details }: FakeTraffic, id: string): void {
  gateway.answers[`GET /exchanges/${id}`] = () => {
    const detail = details.get(id);
    return detail ? json(detail) : refuse({ code: "not_found", status: 404 });
  };
  gateway.answers[`GET /exchanges/${id}/curl`] = (_body, url) => {
    const variant = url.searchParams.get("variant");
    const curl = variant === "powershell" ? "curl.exe --config -" : "curl";
    const command = `${curl} http://127.0.0.1:8080/orders/8001`;
    return json({ command, variables: ["API_KEY"], notes: [] });
  };
}

/** As much of the grammar as the tests need: terms side by side, no comparisons. */
function matcher(filter: string): (row: Exchange) => boolean {
  const terms = filter.split(" ").filter(Boolean);
  return (row) =>
    terms.every((term) => {
      const [key, given = ""] = term.split(/:(.*)/s);
      const value = given.replace(/^="?(.*?)"?$/, "$1");
      const values = value.split(",");
      if (key === "status") return values.some((one) => says(row.status, one));
      if (key === "method") return values.includes(row.method);
      if (key === "route") return row.route === value;
      if (key === "key") return row.key?.name === value;
      if (key === "-key") return row.key?.name !== value;
      return row.path.startsWith(value);
    });
}

const says = (status: number, value: string) =>
  value.endsWith("xx") ? String(status)[0] === value[0] : String(status) === value;

function readPage(rows: readonly Exchange[], query: URLSearchParams): Response {
  const filter = query.get("q") ?? "";
  if (filter.includes("stats:")) {
    return refuse({
      code: "filter_invalid",
      status: 400,
      detail: "there is no `stats:`; did you mean `status:`?",
      at: filter.indexOf("stats:"),
    });
  }
  const before = Number(query.get("before") ?? Number.POSITIVE_INFINITY);
  const limit = Number(query.get("limit"));
  const found = rows
    .filter((row) => row.seq < before)
    .filter(matcher(filter))
    .toReversed()
    .slice(0, limit);
  return json({
    rows: found,
    next: found.length < limit ? null : found.at(-1)?.seq,
    oldest: rows[0]?.seq ?? 0,
    end: (rows.at(-1)?.seq ?? 0) + 1,
  });
}

/** The two greatest or least by duration, of those that are newer than the first. */
function readSorted(rows: readonly Exchange[], query: URLSearchParams): Response {
  const sign = query.get("descending") === "true" ? -1 : 1;
  const found = rows
    .slice(1)
    .filter(matcher(query.get("q") ?? ""))
    .toSorted((a, b) => sign * (a.duration_us - b.duration_us));
  return json({ rows: found.slice(0, 2), of: found.length, looked_from: 2 });
}

/** What the gateway says of a filter, as far as the tests need it. */
export function readFilter(q: string, changes: object = {}): Response {
  const reading = { meaning: `Requests like \`${q}\``, notes: [], terms: [], slow: false };
  return json({ ...reading, ...changes });
}

/** Counts all rows, whenever they began, in the last of ninety bins of ten seconds. */
function readHistogram(rows: readonly Exchange[], query: URLSearchParams): Response {
  const matching = rows.filter(matcher(query.get("q") ?? ""));
  const bin_us = 10e6;
  const from_us = Math.floor((Date.now() * 1000 - 90 * bin_us) / bin_us) * bin_us;
  const of = (from: number, to: number) =>
    matching.filter(({ status }) => status >= from && status < to).length;
  const last = {
    ok: of(200, 300),
    redirected: of(300, 400),
    refused: of(400, 500),
    failed: of(500, 600),
    other: 0,
  };
  const none = { ok: 0, redirected: 0, refused: 0, failed: 0, other: 0 };
  return json({
    from_us,
    bin_us,
    bins: [...Array.from({ length: 90 }, () => none), last],
    total: matching.length,
    counted_to: rows.at(-1)?.seq ?? 0,
  });
}

/** The whole window at this address. */
export async function openTraffic(search = "") {
  const history = createMemoryHistory({ initialEntries: [`/traffic${search}`] });
  const router = createAppRouter(history);
  const screen = await render(
    <div style={{ height: "100vh" }}>
      <QueryClientProvider client={createQueryClient()}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </div>,
  );
  await expect.element(grid()).toBeVisible();
  return { router, screen };
}

export const grid = () => page.getByRole("grid", { name: "Requests" });

/** The paths of the rows on screen, in order. */
export const paths = () =>
  [...document.querySelectorAll(".log-row:not([hidden]) .log-path")].map(
    (cell) => cell.textContent,
  );
