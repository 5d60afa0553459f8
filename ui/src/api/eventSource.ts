import { Channel, invoke } from "@tauri-apps/api/core";
import { inDesktop } from "./transport.ts";

/** What a stream tells while it lives. After `ended` it says nothing more. */
export interface StreamEvents {
  opened: () => void;
  event: (event: unknown) => void;
  ended: () => void;
}

/** Opens the gateway's event stream; the returned function closes it. */
export type OpenStream = (query: string, on: StreamEvents) => () => void;

/** Server-sent events from the headless server, one JSON object a message. */
export const openHttpStream: OpenStream = (query, on) => {
  const source = new EventSource(`/api/v1/events${query && `?${query}`}`);
  source.onopen = on.opened;
  source.onmessage = (message: MessageEvent<string>) => on.event(JSON.parse(message.data));
  // EventSource retries some failures and gives up on others. We close it and retry all alike.
  source.onerror = () => {
    source.close();
    on.ended();
  };
  return () => source.close();
};

/** The same events through an ipc channel of the desktop app. */
export const openInProcessStream: OpenStream = (query, on) => {
  const channel = new Channel<unknown>();
  let closed = false;
  channel.onmessage = (event) => {
    if (!closed) on.event(event);
  };
  const close = (id: number) => void invoke("events_close", { id }).catch(() => undefined);
  const subscription = invoke<number>("events", { query, channel });
  subscription.then(
    (id) => (closed ? close(id) : on.opened()),
    () => closed || on.ended(),
  );
  return () => {
    closed = true;
    subscription.then(close, () => undefined);
  };
};

export const openStream: OpenStream = inDesktop ? openInProcessStream : openHttpStream;
