import { DurationField, NumberField, Switch } from "@/ui/index.ts";
import { BREAKER, type Breaker } from "./defaults.ts";
import { FieldGroup } from "./FieldGroup.tsx";
import type { ServicePartProps } from "./ServicePart.ts";

/** When the service is not called for a while. */
export function BreakerFields({ service, onChange, issues }: ServicePartProps) {
  const { breaker } = service;
  const set = (change: Partial<Breaker>) =>
    breaker && onChange({ ...service, breaker: { ...breaker, ...change } });
  const error = (field: string) => issues.at(`breaker.${field}`);
  return (
    <>
      <Switch
        label="Stop calling the service while it keeps failing"
        help="While the breaker is open, requests are answered 503 at once. Then a few are let through: if all succeed it closes, else it opens again."
        checked={breaker != null}
        onChange={(on) => onChange({ ...service, breaker: on ? BREAKER : null })}
      />
      {breaker != null && (
        <FieldGroup label="Circuit breaker">
          <NumberField
            label="Opens where"
            required
            min={1}
            max={100}
            unit="% fail"
            value={breaker.failure_percent}
            onChange={(failure_percent) => failure_percent !== null && set({ failure_percent })}
            error={error("failure_percent")}
          />
          <NumberField
            label="Of at least"
            required
            min={1}
            max={10_000}
            unit="requests"
            value={breaker.min_requests}
            onChange={(min_requests) => min_requests !== null && set({ min_requests })}
            error={error("min_requests")}
          />
          <DurationField
            label="Within"
            required
            min={1_000}
            max={600_000}
            value={breaker.window_ms}
            onChange={(window_ms) => window_ms !== null && set({ window_ms })}
            error={error("window_ms")}
          />
          <DurationField
            label="Stays open for"
            required
            min={100}
            max={600_000}
            value={breaker.open_ms}
            onChange={(open_ms) => open_ms !== null && set({ open_ms })}
            error={error("open_ms")}
          />
          <NumberField
            label="Then lets through"
            required
            min={1}
            max={100}
            unit="requests"
            value={breaker.half_open_requests}
            onChange={(requests) => requests !== null && set({ half_open_requests: requests })}
            error={error("half_open_requests")}
          />
        </FieldGroup>
      )}
    </>
  );
}
