import type { components } from "@/api/index.ts";

type Schemas = components["schemas"];

/** One request of the log, as a list shows it. */
export type Exchange = Schemas["ExchangeSummary"];

/** What the event `traffic` tells. */
export type Traffic = Schemas["Traffic"];

/** What somebody did to requests of the log. */
export type LogAction = Schemas["LogAction"];

/** Rows older than a place in the log, newest first; `next` is the place to go on from. */
export type ExchangePage = Schemas["ExchangePage"];

/** Whether the request is still being answered: its number comes when it ends. */
export function isRunning(exchange: Exchange): boolean {
  return exchange.ending === "running";
}

/** Whether the gateway made the answer itself: what is kept of a service's is the service's. */
export function isFromGateway({ source }: Pick<Exchange, "source">): boolean {
  return source === "gateway" || source === "mock";
}
