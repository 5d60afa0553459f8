import type { Service } from "@/api/index.ts";
import { DurationField } from "@/ui/index.ts";
import { FieldGrid } from "./FieldGroup.tsx";
import type { ServicePartProps } from "./ServicePart.ts";

const DAY_MS = 86_400_000;

/** How long the gateway waits. */
export function TimeoutFields({ service, onChange, issues }: ServicePartProps) {
  const { timeouts } = service;
  const set = (change: Partial<Service["timeouts"]>) =>
    onChange({ ...service, timeouts: { ...timeouts, ...change } });
  return (
    <FieldGrid>
      <DurationField
        label="For a connection"
        required
        min={1}
        max={600_000}
        value={timeouts.connect_ms}
        onChange={(connect_ms) => connect_ms !== null && set({ connect_ms })}
        error={issues.at("timeouts.connect_ms")}
        help="TLS included."
      />
      <DurationField
        label="For an answer to begin"
        required
        min={1}
        max={3_600_000}
        value={timeouts.first_byte_ms}
        onChange={(first_byte_ms) => first_byte_ms !== null && set({ first_byte_ms })}
        error={issues.at("timeouts.first_byte_ms")}
        help="From the request's last byte."
      />
      <DurationField
        label="Standing still"
        placeholder="no limit"
        min={1}
        max={DAY_MS}
        value={timeouts.idle_ms ?? null}
        onChange={(idle_ms) => set({ idle_ms })}
        error={issues.at("timeouts.idle_ms")}
        help="Of an answer, or of a tunnel such as a WebSocket's."
      />
      <DurationField
        label="In all"
        placeholder="no limit"
        min={1}
        max={DAY_MS}
        value={timeouts.total_ms ?? null}
        onChange={(total_ms) => set({ total_ms })}
        error={issues.at("timeouts.total_ms")}
        help="From the request's arrival to the last byte of the answer, all tries together."
      />
    </FieldGrid>
  );
}
