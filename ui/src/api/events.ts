import { connection, enter } from "./connection.ts";
import type { components } from "./schema.gen.ts";
import { type OpenStream, openStream } from "./eventSource.ts";

/** What the gateway tells, told apart by `type`. */
export type GatewayEvent = components["schemas"]["Event"];

type Listener = (event: GatewayEvent) => void;

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 10_000;

/**
 * The page's one stream of events: every listener hears every event, whichever query it runs with.
 * When it breaks it opens again, after 250 ms, then twice as long each time up to 10 s, and the
 * `connection` store says so meanwhile.
 */
export interface EventFeed {
  /** Opens the stream; `stop` closes it for good. */
  start(): void;
  stop(): void;
  /** Asks for something else (`q=status:>=500`): the stream opens again if the query differs. */
  ask(query: string): void;
  /** Calls `listener` for each event until the returned function is called. */
  listen(listener: Listener): () => void;
  /** Calls `listener` after each reopening: events were missed, what is shown may be stale. */
  onReopen(listener: () => void): () => void;
}

export function createEventFeed(open: OpenStream): EventFeed {
  const listeners = new Set<Listener>();
  const reopenListeners = new Set<() => void>();
  let query = "";
  let running = false;
  let failures = 0;
  let everOpened = false;
  let close: (() => void) | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const connect = () => {
    retry = undefined;
    close = open(query, {
      opened() {
        failures = 0;
        enter("open");
        if (everOpened) for (const listener of reopenListeners) listener();
        everOpened = true;
      },
      event(event) {
        for (const listener of listeners) listener(event as GatewayEvent);
      },
      ended() {
        close = null;
        if (connection.get().state !== "signed-out") enter(everOpened ? "lost" : "unreachable");
        retry = setTimeout(connect, retryDelay(failures));
        failures += 1;
      },
    });
  };
  const disconnect = () => {
    clearTimeout(retry);
    retry = undefined;
    close?.();
    close = null;
  };

  return {
    start() {
      if (running) return;
      running = true;
      connect();
    },
    stop() {
      running = false;
      disconnect();
    },
    ask(next) {
      if (next === query) return;
      query = next;
      if (!running) return;
      disconnect();
      connect();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReopen(listener) {
      reopenListeners.add(listener);
      return () => reopenListeners.delete(listener);
    },
  };
}

/** How long to wait after this many failures in a row, in milliseconds. */
export function retryDelay(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** failures, LONGEST_RETRY_MS);
}

export const events = createEventFeed(openStream);
