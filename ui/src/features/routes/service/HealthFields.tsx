import { DurationField, NumberField, Select, Switch, TextField } from "@/ui/index.ts";
import { ACTIVE_CHECK, type ActiveCheck, PASSIVE_CHECK, type PassiveCheck } from "./defaults.ts";
import { FieldGroup } from "./FieldGroup.tsx";
import type { ServicePartProps } from "./ServicePart.ts";
import { StatusesField } from "./StatusesField.tsx";

/** How it is found out that a target does not answer. */
export function HealthFields({ service, onChange, issues }: ServicePartProps) {
  const { health } = service;
  // The gateway runs the program, and can start it anew.
  const managed = service.process != null;
  const set = (change: Partial<typeof health>) =>
    onChange({ ...service, health: { ...health, ...change } });
  return (
    <>
      <Switch
        label={managed ? "Ask each instance now and then" : "Ask each target now and then"}
        help={
          managed
            ? "An instance that answers badly gets no more requests, and another one is started in its place."
            : "A target that answers badly is left out until it answers well again."
        }
        checked={health.active != null}
        onChange={(on) => set({ active: on ? ACTIVE_CHECK : null })}
      />
      {health.active != null && (
        <FieldGroup label="Asking">
          <Asking
            check={health.active}
            managed={managed}
            onChange={(active) => set({ active })}
            error={(field) => issues.at(`health.active.${field}`)}
          />
        </FieldGroup>
      )}
      <Switch
        label="Learn from requests"
        help="A target that gives no connection, breaks off, is too slow or answers with one of the statuses is left out for a while."
        checked={health.passive != null}
        onChange={(on) => set({ passive: on ? PASSIVE_CHECK : null })}
      />
      {health.passive != null && (
        <FieldGroup label="Learning">
          <Learning
            check={health.passive}
            onChange={(passive) => set({ passive })}
            error={(field) => issues.at(`health.passive.${field}`)}
          />
        </FieldGroup>
      )}
      <NumberField
        label="Use all targets where no more are healthy than"
        required
        min={0}
        max={100}
        unit="%"
        value={health.panic_percent}
        onChange={(panic_percent) => panic_percent !== null && set({ panic_percent })}
        error={issues.at("health.panic_percent")}
        help={
          health.panic_percent === 0
            ? "0: where none is healthy, requests are answered 503."
            : "Health is not trusted then: rather the checks are wrong than nearly all targets."
        }
      />
    </>
  );
}

interface CheckProps<Check> {
  check: Check;
  onChange: (check: Check) => void;
  error: (field: string) => string | undefined;
}

interface AskingProps extends CheckProps<ActiveCheck> {
  /** An instance that is not well does not come back: another one takes its place. */
  managed: boolean;
}

function Asking({ check, managed, onChange, error }: AskingProps) {
  const set = (change: Partial<ActiveCheck>) => onChange({ ...check, ...change });
  const http = check.kind === "http";
  return (
    <>
      <Select
        label="By"
        value={check.kind}
        onChange={(kind) => set({ kind })}
        options={[
          { value: "http", label: "A GET request" },
          { value: "tcp", label: "A connection" },
        ]}
        error={error("kind")}
      />
      {http && (
        <TextField
          label="Path"
          mono
          value={check.path}
          onChange={(path) => set({ path })}
          error={error("path")}
        />
      )}
      {http && (
        <StatusesField
          label="Statuses that mean well"
          placeholder="200 to 399"
          className="col-span-full"
          value={check.statuses}
          onChange={(statuses) => set({ statuses })}
          error={error("statuses")}
        />
      )}
      <DurationField
        label="Every"
        required
        min={100}
        max={3_600_000}
        value={check.interval_ms}
        onChange={(interval_ms) => interval_ms !== null && set({ interval_ms })}
        error={error("interval_ms")}
      />
      <DurationField
        label="Waits for an answer"
        required
        min={10}
        max={60_000}
        value={check.timeout_ms}
        onChange={(timeout_ms) => timeout_ms !== null && set({ timeout_ms })}
        error={error("timeout_ms")}
      />
      <NumberField
        label={managed ? "Replaced after" : "Left out after"}
        required
        min={1}
        max={100}
        unit="bad in a row"
        value={check.unhealthy_after}
        onChange={(unhealthy_after) => unhealthy_after !== null && set({ unhealthy_after })}
        error={error("unhealthy_after")}
      />
      {!managed && (
        <NumberField
          label="Used again after"
          required
          min={1}
          max={100}
          unit="good in a row"
          value={check.healthy_after}
          onChange={(healthy_after) => healthy_after !== null && set({ healthy_after })}
          error={error("healthy_after")}
        />
      )}
    </>
  );
}

function Learning({ check, onChange, error }: CheckProps<PassiveCheck>) {
  const set = (change: Partial<PassiveCheck>) => onChange({ ...check, ...change });
  return (
    <>
      <NumberField
        label="Left out after"
        required
        min={1}
        max={1_000}
        unit="failures in a row"
        value={check.failures}
        onChange={(failures) => failures !== null && set({ failures })}
        error={error("failures")}
      />
      <DurationField
        label="For, the first time"
        required
        min={100}
        max={300_000}
        value={check.eject_ms}
        onChange={(eject_ms) => eject_ms !== null && set({ eject_ms })}
        error={error("eject_ms")}
        help="Twice as long each time after that, up to five minutes; then one request is let through."
      />
      <StatusesField
        label="Statuses that count as failures"
        placeholder="none"
        className="col-span-full"
        value={check.statuses}
        onChange={(statuses) => set({ statuses })}
        error={error("statuses")}
      />
    </>
  );
}
