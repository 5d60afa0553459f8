import type { components, paths } from "@/api/index.ts";
import * as format from "@/ui/format.ts";
import { detailColumn } from "./detailColumns.ts";
import type { Cell } from "./detailCells.ts";
import type { Exchange } from "./exchange.ts";
import { cacheWord } from "./rowText.ts";

export type SortBy = paths["/api/v1/exchanges/sorted"]["get"]["parameters"]["query"]["by"];

/** How the rows of the log are shown: columns, widths, order. */
export type Layout = components["schemas"]["Layout"];
/** A column as it is chosen: which, and how wide where that is not as usual. */
export type ChosenColumn = Layout["columns"][number];
/** How the time of a request is written. */
export type TimeStyle = NonNullable<Layout["time"]>;

/** Part of a filter that finds what a cell says; without `op`: what contains it. */
export interface ColumnTerm {
  key: string;
  value: string;
  op?: "=" | ">=";
}

/** A column of the log. */
export interface LogColumn {
  id: string;
  header: string;
  /** What it shows, where the header alone does not say it. */
  hint?: string;
  /** How wide it is, in pixels; one that takes what is left is at least so wide. */
  width: number;
  /** How wide it is otherwise, where someone wants it so wide. */
  usual?: number;
  grows?: boolean;
  /**
   * Columns with a higher one go first where there is not room for all; those of 0 stay. What someone
   * chose beside the usual ones stays longer than most of those.
   */
  spare: number;
  /** Not shown unless chosen. */
  optional?: boolean;
  /** As wide as usual, it takes this part of the room that the column that grows would have alone. */
  share?: number;
  align?: "right";
  /** What it says, where that is plain text of its own. */
  text?: (exchange: Exchange) => string;
  /** The gateway makes its cells of the request's detail, for the rows on screen only. */
  detail?: boolean;
  /** What the log can be sorted by it, and how it begins. */
  sort?: { by: SortBy; descending: boolean };
  /** The filter term that finds rows with the same value here, or such a one. */
  term?: (exchange: Exchange, cell?: Cell) => ColumnTerm | null;
}

/** No column is narrower or wider than this, in pixels. */
export const NARROWEST = 40;
export const WIDEST = 900;
/** How far a key moves the edge of a column. */
export const WIDTH_STEP = 16;

const present = (key: string, value: string | null | undefined): ColumnTerm | null =>
  value ? { key, value } : null;
/** At least as long as this one took. */
const atLeast = (key: string, us: number): ColumnTerm => ({
  key,
  op: ">=",
  value: us >= 1000 ? `${Math.floor(us / 1000)}ms` : `${us}us`,
});
const firstByteUs = ({ timing }: Exchange) =>
  timing.gateway_us + timing.connect_us + timing.wait_us;
const up = (by: SortBy) => ({ by, descending: false });
const down = (by: SortBy) => ({ by, descending: true });

/** All columns, in the order they are shown unless someone wants another. */
export const LOG_COLUMNS: readonly LogColumn[] = [
  {
    id: "time",
    header: "Time",
    width: 104,
    spare: 0,
    sort: down("started"),
    term: ({ started_at_us: us }) => ({
      key: "since",
      value: new Date(us / 1000).toISOString(),
    }),
  },
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
    width: 160,
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
    id: "version",
    header: "Version",
    width: 72,
    spare: 4,
    optional: true,
    text: ({ version }) => version ?? "–",
    term: ({ version }) => present("version", version),
  },
  {
    id: "service",
    header: "Service",
    width: 110,
    spare: 4,
    optional: true,
    text: ({ service }) => service ?? "–",
    term: ({ service }) => present("service", service),
  },
  {
    id: "consumer",
    header: "Consumer",
    width: 96,
    spare: 4,
    optional: true,
    text: ({ consumer }) => consumer ?? "–",
    sort: up("consumer"),
    term: ({ consumer }) => present("consumer", consumer),
  },
  {
    id: "plan",
    header: "Plan",
    width: 80,
    spare: 4,
    optional: true,
    text: ({ plan }) => plan ?? "–",
    sort: up("plan"),
    term: ({ plan }) => present("plan", plan),
  },
  {
    id: "note",
    header: "Notes",
    width: 128,
    share: 0.4,
    spare: 6,
    term: ({ code, cache }) => present("code", code) ?? present("cache", cache),
  },
  {
    id: "cached",
    header: "Cache",
    hint: "What became of it in the cache",
    width: 110,
    spare: 4,
    optional: true,
    text: ({ cache }) => cacheWord(cache) || "–",
    term: ({ cache }) => present("cache", cache),
  },
  {
    id: "ms",
    header: "ms",
    width: 64,
    spare: 3,
    align: "right",
    sort: down("duration"),
    term: ({ duration_us: us }) => atLeast("duration", us),
  },
  {
    id: "ttfb",
    header: "TTFB",
    width: 64,
    spare: 4,
    optional: true,
    align: "right",
    text: (exchange) => format.milliseconds(firstByteUs(exchange) / 1000),
    sort: down("first_byte"),
    term: (exchange) => atLeast("ttfb", firstByteUs(exchange)),
  },
  {
    id: "size",
    header: "Size",
    width: 82,
    spare: 8,
    align: "right",
    sort: down("response_bytes"),
    term: ({ response_bytes: bytes }) => ({ key: "size", op: ">=", value: String(bytes) }),
  },
  {
    id: "sent",
    header: "Req size",
    width: 82,
    spare: 4,
    optional: true,
    align: "right",
    text: ({ request_bytes: bytes }) => format.bytes(bytes),
    sort: down("request_bytes"),
    term: ({ request_bytes: bytes }) => ({ key: "req.size", op: ">=", value: String(bytes) }),
  },
  {
    id: "host",
    header: "Host",
    width: 130,
    spare: 4,
    optional: true,
    text: ({ host }) => host,
    sort: up("host"),
    term: ({ host }) => present("host", host),
  },
  {
    id: "target",
    header: "Upstream",
    hint: "The target that was asked last",
    width: 160,
    spare: 4,
    optional: true,
    text: ({ target }) => target ?? "–",
    sort: up("target"),
    term: ({ target }) => present("upstream", target),
  },
  {
    id: "tries",
    header: "Attempts",
    width: 74,
    spare: 4,
    optional: true,
    align: "right",
    text: ({ tries }) => String(tries),
    sort: down("tries"),
    term: ({ tries }) => (tries > 1 ? { key: "is", value: "retried" } : null),
  },
  {
    id: "ip",
    header: "Client IP",
    width: 110,
    spare: 4,
    optional: true,
    text: ({ client_ip: ip }) => ip,
    sort: up("client_ip"),
    term: ({ client_ip: ip }) => present("ip", ip),
  },
  {
    id: "proto",
    header: "Protocol",
    width: 76,
    spare: 4,
    optional: true,
    text: ({ protocol }) => protocol,
    term: ({ protocol }) => present("proto", protocol),
  },
  {
    id: "limit.left",
    header: "Limit left",
    hint: "What the limit that is nearest to being used up had left",
    width: 96,
    spare: 4,
    optional: true,
    detail: true,
    term: (_, cell) => present("limit", cell?.text == null ? null : `left:${parseInt(cell.text)}`),
  },
  {
    id: "trace",
    header: "Trace id",
    width: 130,
    spare: 4,
    optional: true,
    detail: true,
    term: (_, cell) => present("trace", cell?.text),
  },
  {
    id: "stages",
    header: "Stages",
    width: 132,
    spare: 10,
    sort: down("duration"),
    term: ({ duration_us: us }) => atLeast("duration", us),
  },
];

/** How rows are shown unless someone wants it otherwise. */
export const USUAL_LAYOUT: Layout = {
  columns: LOG_COLUMNS.filter(({ optional }) => optional !== true).map(({ id }) => ({ id })),
  time: "absolute",
};

/** A column by its id: one of those above, or one made of a header or of a body's JSON. */
export function columnOf(id: string): LogColumn | undefined {
  return LOG_COLUMNS.find((column) => column.id === id) ?? detailColumn(id);
}

/** Columns as they were chosen; what is not known is left out, what must be there is put in. */
export function columnsOf(chosen: readonly ChosenColumn[]): LogColumn[] {
  const found = new Map<string, LogColumn>();
  for (const { id, width } of chosen) {
    const column = columnOf(id);
    if (!column || found.has(id)) continue;
    const own = width != null && column.grows !== true;
    found.set(id, own ? { ...column, width: bounded(width), usual: column.width } : column);
  }
  const needed = LOG_COLUMNS.filter(({ id, spare }) => spare === 0 && !found.has(id));
  return [...needed, ...found.values()];
}

/** A width that a column can have. */
export function bounded(width: number): number {
  return Math.min(Math.max(Math.round(width), NARROWEST), WIDEST);
}

/** The columns as they are chosen, with one as wide as this; `null`: as usual. */
export function withWidth(
  chosen: readonly ChosenColumn[],
  id: string,
  width: number | null,
): ChosenColumn[] {
  return chosen.map((column) => {
    if (column.id !== id) return column;
    return width === null ? { id } : { id, width: bounded(width) };
  });
}

/** The columns with one of them before another, or at the end. */
export function withMoved(
  chosen: readonly ChosenColumn[],
  id: string,
  before: string | null,
): ChosenColumn[] {
  const moved = chosen.find((column) => column.id === id);
  if (!moved || id === before) return [...chosen];
  const rest = chosen.filter((column) => column !== moved);
  const at = before === null ? -1 : rest.findIndex((column) => column.id === before);
  return rest.toSpliced(at < 0 ? rest.length : at, 0, moved);
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

/** The tracks of a row's grid. What grows gives way where not even what is needed has room. */
export function tracksOf(columns: readonly LogColumn[]): string {
  const onlyNeeded = columns.every(({ spare }) => spare === 0);
  return columns
    .map(({ width, grows, share, usual }) => {
      if (share !== undefined && usual === undefined) return `minmax(${width}px, ${share}fr)`;
      if (grows) return `minmax(${onlyNeeded ? NARROWEST : width}px, 1fr)`;
      return `${width}px`;
    })
    .join(" ");
}
