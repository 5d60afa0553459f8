import type { QueryClient } from "@tanstack/react-query";
import type { EventFeed, GatewayEvent } from "./events.ts";

/** First part of each query's key. A feature adds its own after it: `[...queryKeys.keys, id]`. */
export const queryKeys = {
  status: ["status"],
  config: ["config"],
  routes: ["routes"],
  services: ["services"],
  serviceStates: ["service-states"],
  processes: ["processes"],
  keys: ["keys"],
  revisions: ["revisions"],
  exchanges: ["exchanges"],
  cache: ["cache"],
} as const;

type QueryName = keyof typeof queryKeys;

/**
 * What each event makes stale. A new event does not compile until it is placed here. Requests make
 * nothing stale: the log takes them from the event itself.
 */
const STALE_AFTER = {
  hello: [],
  status: [],
  traffic: [],
  messages: [],
  lagged: ["exchanges"],
  gateway_changed: ["status"],
  config_applied: [
    "config",
    "routes",
    "services",
    "serviceStates",
    "processes",
    "revisions",
    "status",
    "cache",
  ],
  keys_changed: ["keys"],
  log_changed: ["exchanges", "status"],
  service_changed: ["serviceStates"],
  // Whoever shows a proof takes its progress from the event itself.
  proof_changed: [],
  process_changed: ["processes"],
} as const satisfies Record<GatewayEvent["type"], readonly QueryName[]>;

/** Keeps a query cache true to the events, until the returned function is called. */
export function keepFresh(client: QueryClient, feed: EventFeed): () => void {
  const stopListening = feed.listen((event) => {
    if (event.type === "hello" || event.type === "status") {
      client.setQueryData(queryKeys.status, event.status);
    }
    for (const name of STALE_AFTER[event.type] ?? []) {
      void client.invalidateQueries({ queryKey: queryKeys[name] });
    }
  });
  // Events were missed while the stream was down: everything on screen is asked for again.
  const stopReopening = feed.onReopen(() => void client.invalidateQueries());
  return () => {
    stopListening();
    stopReopening();
  };
}
