import type { Found, Scan } from "./queries.ts";

/** What the gateway is to be put in front of: a port that was found, something typed, or the echo. */
export type Choice = { kind: "found"; port: number } | { kind: "address" } | { kind: "echo" };

/** What Enter alone would take: the likeliest service that speaks HTTP, else the echo service. */
export function preselected(scan: Scan | undefined): Choice {
  const first = scan?.found.find(speaksHttp);
  return first ? { kind: "found", port: first.port } : { kind: "echo" };
}

export function speaksHttp(found: Found): boolean {
  return found.answer.kind === "http";
}

/** Who a port belongs to, if the scan saw anyone there. */
export interface PortUse {
  busy: boolean;
  /** "node (pid 4121)", or "another process". */
  holder: string;
  /** The next port nobody was seen on. */
  free: number | null;
}

const LAST_PORT = 65_535;

/** Whether a port can be had, as far as the scan knows. */
export function portUse(scan: Scan | undefined, port: number): PortUse {
  const holder = scan?.found.find((found) => found.port === port);
  const taken = new Set(scan?.found.map((found) => found.port));
  let free = port + 1;
  while (taken.has(free)) free += 1;
  return {
    busy: holder !== undefined,
    holder: holder?.process
      ? `${holder.process.name} (pid ${holder.process.pid})`
      : "another process",
    free: free <= LAST_PORT ? free : null,
  };
}

/** An address as typed, made a URL: `3000` and `localhost:3000` are enough. */
export function addressUrl(typed: string): string {
  const text = typed.trim();
  if (/^\d+$/.test(text)) return `http://127.0.0.1:${text}`;
  if (text !== "" && !text.includes("://")) return `http://${text}`;
  return text;
}
