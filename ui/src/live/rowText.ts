import * as format from "@/ui/format.ts";
import { statusLook, type StatusLook } from "@/ui/status.ts";
import { type Exchange, isFromGateway, isRunning } from "./exchange.ts";
import type { TimeStyle } from "./columns.ts";
import type { Repeats, Shown } from "./repeats.ts";

/** What the cells of a row say. */
export interface RowText {
  method: string;
  /** The status; while it runs, for how long it has. */
  status: string;
  look: StatusLook;
  fromGateway: boolean;
  /** What the answer goes on as: "ws ", "sse "; empty for an answer like others. */
  stream: string;
  path: string;
  query: string;
  route: string;
  /** The version of the route, with what keeps it apart; empty without. */
  version: string;
  key: string;
  note: string;
  /** How many rows it stands for: "×37 "; empty for one. */
  times: string;
  /** What became of it in the cache: "HIT "; empty where answers are not kept. */
  cache: string;
  /** Whether what is kept answered. */
  isKept: boolean;
  ms: string;
  msTitle: string;
  size: string;
  /** The status with who answered, and the parts of the time, for a screen reader. */
  statusLabel: string;
  stagesLabel: string;
}

/** The space keeps the word and the path apart where the row is read aloud or copied. */
const STREAMS = {
  none: "",
  websocket: "ws ",
  event_stream: "sse ",
  grpc: "grpc ",
  tunnel: "tunnel ",
} as const;

/** The space keeps the word and what follows apart, as above. */
const CACHED = {
  hit: "HIT ",
  stale: "STALE ",
  revalidated: "REVALIDATED ",
  miss: "MISS ",
  bypass: "BYPASS ",
} as const;

/** What became of a request in the cache, in a word; empty where answers are not kept. */
export function cacheWord(cache: Exchange["cache"]): string {
  return cache == null ? "" : CACHED[cache].trimEnd();
}

/** When a request began, as the column says it: `before` is when the one in the row above did. */
export function timeText(us: number, style: TimeStyle, before: number | null, now: number): string {
  switch (style) {
    case "absolute":
      return format.timeOfDay(us / 1000);
    case "relative":
      return format.relativeTime(us / 1000, now);
    case "delta":
      return before === null ? "–" : deltaText(us - before);
  }
}

/** "+8 ms"; of requests that overlap the later one can have begun before. */
function deltaText(us: number): string {
  const size = format.duration(Math.abs(us) / 1000);
  return `${us < 0 ? "−" : "+"}${size}`;
}

/** How long a request has been under way at a moment, in milliseconds; as told, if that is longer. */
export function elapsedMs({ started_at_us: us, duration_us: told }: Exchange, now: number): number {
  return Math.max(told / 1000, now - us / 1000);
}

/** For how long something has been under way, as short as the badge of a status is: "1.2 s", "34 s". */
export function elapsedText(ms: number): string {
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 100_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 100 * 60_000) return `${Math.floor(ms / 60_000)} min`;
  return `${Math.floor(ms / 3_600_000)} h`;
}

/** The cells of a row as text, at a moment. */
export function rowText(exchange: Shown, now: number): RowText {
  const { repeats } = exchange;
  const running = isRunning(exchange);
  const fromGateway = isFromGateway(exchange);
  const elapsed = running ? elapsedMs(exchange, now) : null;
  const ms = format.milliseconds(elapsed ?? (repeats?.medianUs ?? exchange.duration_us) / 1000);
  const status = String(exchange.status);
  return {
    method: exchange.method,
    status: elapsed === null ? status : elapsedText(elapsed),
    look: lookOf(exchange),
    fromGateway,
    stream: STREAMS[exchange.stream ?? "none"],
    path: exchange.path,
    query: queryOf(exchange),
    times: repeats ? `×${format.count(repeats.count)} ` : "",
    msTitle: repeats ? `the median of ${format.count(repeats.count)}` : "",
    route: exchange.route ?? "–",
    version: exchange.version == null ? "" : ` · ${exchange.version}`,
    key: exchange.key?.name ?? "–",
    note: repeats ? spreadOf(repeats) : noteOf(exchange),
    isKept: exchange.source === "cache",
    cache: exchange.cache == null ? "" : CACHED[exchange.cache],
    ms: running ? `${ms}…` : ms,
    size: format.bytes(exchange.response_bytes),
    statusLabel: `${status}${running ? ", still running" : ""}${ANSWERED_BY[exchange.source]}`,
    stagesLabel: stagesLabel(exchange),
  };
}

function queryOf({ query, repeats }: Shown): string {
  if (repeats?.onOtherPaths) return " and others";
  return query == null || repeats ? "" : `?${query}`;
}

/** How long the requests of a group took. */
function spreadOf({ leastUs, mostUs }: Repeats): string {
  return `${format.milliseconds(leastUs / 1000)} to ${format.milliseconds(mostUs / 1000)} ms`;
}

/** What is to be said of it in a few words; that the window sent it comes first. */
function noteOf({ note: said, origin, source }: Exchange): string {
  // That it was kept is what the word before it says.
  const note = source === "cache" ? null : said;
  const all = {
    caller: null,
    replay: "replayed",
    trip: "tripped",
    import: null,
    refresh: "fetched anew",
  };
  const sent = all[origin];
  return [sent, note].filter(Boolean).join(", ");
}

/** An answer that broke off is a failure, whatever its status was. */
function lookOf(exchange: Exchange): StatusLook {
  if (isRunning(exchange)) return statusLook(null);
  return statusLook(exchange.ending === "cut_off" ? 0 : exchange.status);
}

const ANSWERED_BY = {
  upstream: "",
  gateway: ", answered by the gateway",
  mock: ", answered by the gateway",
  cache: ", from the cache",
} as const;

function stagesLabel({ timing }: Exchange): string {
  const parts: [string, number][] = [
    ["gateway", timing.gateway_us],
    ["connect", timing.connect_us],
    ["wait", timing.wait_us],
    ["receive", timing.receive_us],
  ];
  return parts
    .filter(([, us]) => us > 0)
    .map(([name, us]) => `${name} ${format.duration(us / 1000)}`)
    .join(", ");
}
