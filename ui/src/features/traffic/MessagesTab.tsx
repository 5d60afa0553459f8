import { type Exchange, isRunning } from "@/live/exchange.ts";
import { Banner, format, Skeleton, useDebounced } from "@/ui/index.ts";
import { MessageList } from "./MessageList.tsx";
import { useMessages } from "./useMessages.ts";

/** Messages are counted as they pass, and can be read up to 300 ms later. */
const SETTLED_MS = 600;

/** Whether a request is one that messages pass on. */
export function hasMessages(exchange: Exchange | undefined): boolean {
  return exchange?.stream === "websocket" || exchange?.stream === "event_stream";
}

/** What passed on a WebSocket or an event stream, always as text; grows while it runs. */
export function MessagesTab({ exchange }: { exchange: Exchange }) {
  const { rows, error, complete } = useMessages(exchange.id);
  const settled = useDebounced(exchange.messages, SETTLED_MS);
  if (error && rows.length === 0) return <Banner tone="err">{error.message}</Banner>;
  if (!complete && rows.length === 0) return <Skeleton />;
  const passed = Math.max(exchange.messages, rows.at(-1)?.number ?? 0);
  return (
    <section aria-label="Messages" className="flex h-full flex-col gap-2 p-3">
      <p className="text-ink-2">
        {passed === 0
          ? "Nothing has passed yet."
          : `${format.plural(passed, "message")}${isRunning(exchange) ? " so far" : ""}`}
      </p>
      {rows.length > 0 && <MessageList rows={rows} />}
      {complete && <NotKept count={settled - rows.length} />}
      {error && <Banner tone="err">{error.message}</Banner>}
    </section>
  );
}

function NotKept({ count }: { count: number }) {
  if (count <= 0) return null;
  return (
    <p className="text-ink-3">
      {`${format.count(count)} more not kept. How many are, is set under Settings, Recording.`}
    </p>
  );
}
