import type { Exchange } from "./exchange.ts";

/** A column of the log. Its width is in log.css. */
export interface LogColumn {
  id: string;
  header: string;
  /** The filter term that finds rows with the same value here, if there is one. */
  term?: (exchange: Exchange) => { key: string; value: string } | null;
}

const present = (key: string, value: string | null | undefined) => (value ? { key, value } : null);

/** In the order they are shown. */
export const LOG_COLUMNS: readonly LogColumn[] = [
  { id: "time", header: "Time" },
  { id: "method", header: "Method", term: ({ method }) => present("method", method) },
  { id: "status", header: "Status", term: ({ status }) => present("status", String(status)) },
  { id: "path", header: "Path", term: ({ path }) => present("path", path) },
  { id: "route", header: "Route", term: ({ route }) => present("route", route) },
  { id: "key", header: "Key", term: ({ key }) => present("key", key?.name) },
  { id: "note", header: "Notes", term: ({ code }) => present("code", code) },
  { id: "ms", header: "ms" },
  { id: "size", header: "Size" },
  { id: "stages", header: "Stages" },
];
