import { DurationField, NumberField, SizeField } from "@/ui/index.ts";
import type { Listen, ListenFieldsProps } from "./listen.ts";

/** How much callers may send, and how long they may take. */
export function CallerLimits({ listen, set, error }: ListenFieldsProps) {
  const { limits } = listen;
  const limit = (change: Partial<Listen["limits"]>) => set({ limits: { ...limits, ...change } });
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="pb-1 text-strong">Limits for callers</legend>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(220px,1fr))] items-start gap-x-6 gap-y-4">
        <SizeField
          label="Largest request body"
          placeholder="no limit"
          value={listen.max_request_body_bytes ?? null}
          onChange={(max_request_body_bytes) => set({ max_request_body_bytes })}
          error={error("max_request_body_bytes")}
          help="Larger ones are answered 413. Empty: no limit."
        />
        <SizeField
          label="Longest path and query"
          required
          min={256}
          max={65_534}
          value={limits.max_uri_bytes}
          onChange={(bytes) => bytes !== null && limit({ max_uri_bytes: bytes })}
          error={error("limits.max_uri_bytes")}
          help="Longer ones are answered 414. At most 65,534 bytes."
        />
        <SizeField
          label="Largest headers"
          required
          min={1_024}
          max={196_608}
          value={limits.max_header_bytes}
          onChange={(bytes) => bytes !== null && limit({ max_header_bytes: bytes })}
          error={error("limits.max_header_bytes")}
          help="Names and values together; larger ones are answered 431."
        />
        <NumberField
          label="Most header fields"
          required
          min={8}
          max={1_000}
          value={limits.max_headers}
          onChange={(count) => count !== null && limit({ max_headers: count })}
          error={error("limits.max_headers")}
          help="More are answered 431."
        />
        <DurationField
          label="Time to send the headers"
          required
          min={100}
          max={600_000}
          value={limits.header_read_timeout_ms}
          onChange={(ms) => ms !== null && limit({ header_read_timeout_ms: ms })}
          error={error("limits.header_read_timeout_ms")}
          help="Then the connection is answered 408 and closed."
        />
        <DurationField
          label="Time standing still"
          required
          min={100}
          max={3_600_000}
          value={limits.idle_timeout_ms}
          onChange={(ms) => ms !== null && limit({ idle_timeout_ms: ms })}
          error={error("limits.idle_timeout_ms")}
          help="Of a connection without a request, and of a request's body."
        />
        <NumberField
          label="Most connections at once"
          required
          min={1}
          max={1_000_000}
          value={limits.max_connections}
          onChange={(count) => count !== null && limit({ max_connections: count })}
          error={error("limits.max_connections")}
          help="More are answered 503 and closed."
        />
      </div>
    </fieldset>
  );
}
