import type { paths } from "@/api/index.ts";
import * as format from "@/ui/format.ts";
import type { Exchange } from "./exchange.ts";

export type SortBy = paths["/api/v1/exchanges/sorted"]["get"]["parameters"]["query"]["by"];

/** A column of the log. */
export interface LogColumn {
  id: string;
  header: string;
  /** How wide it is, in pixels; one that takes what is left is at least so wide. */
  width: number;
  grows?: boolean;
  /** Columns with a higher one go first where there is not room for all; those of 0 stay. */
  spare: number;
  /** Not shown unless chosen. */
  optional?: boolean;
  align?: "right";
  /** What it says, where that is plain text of its own. */
  text?: (exchange: Exchange) => string;
  /** What the log can be sorted by it, and how it begins. */
  sort?: { by: SortBy; descending: boolean };
  /** The filter term that finds rows with the same value here, if there is one. */
  term?: (exchange: Exchange) => { key: string; value: string } | null;
}

const present = (key: string, value: string | null | undefined) => (value ? { key, value } : null);
const up = (by: SortBy) => ({ by, descending: false });
const down = (by: SortBy) => ({ by, descending: true });

/** All columns, in the order they are shown unless someone wants another. */
export const LOG_COLUMNS: readonly LogColumn[] = [
  { id: "time", header: "Time", width: 104, spare: 0, sort: down("started") },
  {
    id: "method",
    header: "Method",
    width: 68,
    spare: 2,
    sort: up("method"),
    term: ({ method }) => present("method", method),
  },
  {
    id: "status",
    header: "Status",
    width: 78,
    spare: 0,
    sort: down("status"),
    term: ({ status }) => present("status", String(status)),
  },
  {
    id: "path",
    header: "Path",
    width: 140,
    grows: true,
    spare: 0,
    sort: up("path"),
    term: ({ path }) => present("path", path),
  },
  {
    id: "route",
    header: "Route",
    width: 136,
    spare: 5,
    sort: up("route"),
    term: ({ route }) => present("route", route),
  },
  {
    id: "key",
    header: "Key",
    width: 96,
    spare: 7,
    sort: up("key"),
    term: ({ key }) => present("key", key?.name),
  },
  {
    id: "consumer",
    header: "Consumer",
    width: 96,
    spare: 9,
    optional: true,
    text: ({ consumer }) => consumer ?? "–",
    sort: up("consumer"),
    term: ({ consumer }) => present("consumer", consumer),
  },
  {
    id: "plan",
    header: "Plan",
    width: 80,
    spare: 9,
    optional: true,
    text: ({ plan }) => plan ?? "–",
    sort: up("plan"),
    term: ({ plan }) => present("plan", plan),
  },
  {
    id: "note",
    header: "Notes",
    width: 124,
    spare: 6,
    term: ({ code, cache }) => present("code", code) ?? present("cache", cache),
  },
  { id: "ms", header: "ms", width: 64, spare: 3, align: "right", sort: down("duration") },
  {
    id: "ttfb",
    header: "TTFB",
    width: 64,
    spare: 9,
    optional: true,
    align: "right",
    text: ({ timing }) =>
      format.milliseconds((timing.gateway_us + timing.connect_us + timing.wait_us) / 1000),
    sort: down("first_byte"),
  },
  { id: "size", header: "Size", width: 82, spare: 8, align: "right", sort: down("response_bytes") },
  {
    id: "sent",
    header: "Req size",
    width: 82,
    spare: 9,
    optional: true,
    align: "right",
    text: ({ request_bytes: bytes }) => format.bytes(bytes),
    sort: down("request_bytes"),
  },
  {
    id: "host",
    header: "Host",
    width: 130,
    spare: 9,
    optional: true,
    text: ({ host }) => host,
    sort: up("host"),
    term: ({ host }) => present("host", host),
  },
  {
    id: "target",
    header: "Target",
    width: 160,
    spare: 9,
    optional: true,
    text: ({ target }) => target ?? "–",
    sort: up("target"),
    term: ({ target }) => present("upstream", target),
  },
  {
    id: "tries",
    header: "Tries",
    width: 52,
    spare: 9,
    optional: true,
    align: "right",
    text: ({ tries }) => String(tries),
    sort: down("tries"),
  },
  {
    id: "ip",
    header: "Client IP",
    width: 110,
    spare: 9,
    optional: true,
    text: ({ client_ip: ip }) => ip,
    sort: up("client_ip"),
    term: ({ client_ip: ip }) => present("ip", ip),
  },
  {
    id: "proto",
    header: "Protocol",
    width: 76,
    spare: 9,
    optional: true,
    text: ({ protocol }) => protocol,
    term: ({ protocol }) => present("proto", protocol),
  },
  { id: "stages", header: "Stages", width: 132, spare: 10 },
];

/** The ids of the columns that are shown unless others were chosen. */
export const USUAL_COLUMNS: readonly string[] = LOG_COLUMNS.filter(
  ({ optional }) => optional !== true,
).map(({ id }) => id);

/** Columns by their ids; what is not known is left out, what must be there is put in. */
export function columnsOf(ids: readonly string[]): LogColumn[] {
  const chosen = ids.flatMap((id) => LOG_COLUMNS.find((column) => column.id === id) ?? []);
  const needed = LOG_COLUMNS.filter(({ spare }) => spare === 0);
  return [...needed.filter((column) => !chosen.includes(column)), ...new Set(chosen)];
}

/** What stands at the sides of a row. */
const SIDES = 22;

/** Those of the columns that there is room for. */
export function fitting(columns: readonly LogColumn[], width: number): LogColumn[] {
  const fit = [...columns];
  const needed = () => fit.reduce((sum, column) => sum + column.width, SIDES);
  while (needed() > width) {
    const most = Math.max(...fit.map(({ spare }) => spare));
    if (most <= 0) break;
    fit.splice(
      fit.findLastIndex(({ spare }) => spare === most),
      1,
    );
  }
  return fit;
}

/** The tracks of a row's grid. */
export function tracksOf(columns: readonly LogColumn[]): string {
  return columns
    .map(({ width, grows }) => (grows ? `minmax(${width}px, 1fr)` : `${width}px`))
    .join(" ");
}
