import { DurationField, NumberField } from "@/ui/index.ts";
import type { Service } from "@/api/index.ts";
import { FieldGrid } from "./FieldGroup.tsx";
import type { ServicePartProps } from "./ServicePart.ts";
import { StatusesField } from "./StatusesField.tsx";

/** When a request that failed is tried again, and how long it waits for a target to come back. */
export function RetryFields({ service, onChange, issues }: ServicePartProps) {
  const { retries } = service;
  const set = (change: Partial<Service["retries"]>) =>
    onChange({ ...service, retries: { ...retries, ...change } });
  return (
    <>
      <FieldGrid>
        <NumberField
          label="Tried again at most"
          required
          min={0}
          max={10}
          unit={retries.attempts === 1 ? "time" : "times"}
          value={retries.attempts}
          onChange={(attempts) => attempts !== null && set({ attempts })}
          error={issues.at("retries.attempts")}
        />
        <NumberField
          label="Budget"
          required
          min={1}
          max={100}
          unit="% of requests"
          value={retries.budget_percent}
          onChange={(budget_percent) => budget_percent !== null && set({ budget_percent })}
          error={issues.at("retries.budget_percent")}
        />
        <StatusesField
          label="Statuses that count as failures"
          placeholder="none"
          className="col-span-full"
          value={retries.statuses}
          onChange={(statuses) => set({ statuses })}
          error={issues.at("retries.statuses")}
        />
      </FieldGrid>
      <p className="text-small text-ink-3">
        A request that never reached a target is tried again with any method; another only where its
        method is safe to repeat (GET, PUT, DELETE, …), and never after a byte of an answer. The
        budget bounds retries beside running requests; three are always granted.
      </p>
      <DurationField
        label="Hold for a target that is restarting"
        required
        min={0}
        max={60_000}
        value={service.hold_ms}
        onChange={(hold_ms) => hold_ms !== null && onChange({ ...service, hold_ms })}
        error={issues.at("hold_ms")}
        help="How long a request waits while no target listens; at most 100 wait at once. 0: not at all."
      />
    </>
  );
}
