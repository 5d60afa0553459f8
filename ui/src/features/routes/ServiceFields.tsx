import { Plus, X } from "lucide-react";
import type { Service } from "@/api/index.ts";
import { Button, IconButton, NumberField, TextField } from "@/ui/index.ts";
import type { FieldIssues } from "./routeDraft.ts";

interface ServiceFieldsProps {
  service: Service;
  onChange: (service: Service) => void;
  issues: FieldIssues;
  /** Shows only what a new service needs. */
  brief?: boolean;
}

/** Name, targets and timeouts of a service. */
export function ServiceFields({ service, onChange, issues, brief = false }: ServiceFieldsProps) {
  const { name, timeouts } = service;
  const setTimeouts = (change: Partial<Service["timeouts"]>) =>
    onChange({ ...service, timeouts: { ...timeouts, ...change } });
  return (
    <>
      <TextField
        label="Service name"
        mono
        value={name}
        onChange={(next) => onChange({ ...service, name: next })}
        error={issues.at("name")}
      />
      <Targets service={service} onChange={onChange} issues={issues} />
      {!brief && (
        <div className="flex flex-wrap gap-x-8 gap-y-3">
          <NumberField
            label="Wait for a connection"
            required
            unit="ms"
            min={1}
            max={600_000}
            value={timeouts.connect_ms}
            onChange={(connect_ms) => connect_ms !== null && setTimeouts({ connect_ms })}
            error={issues.at("timeouts.connect_ms")}
          />
          <NumberField
            label="Wait for an answer to begin"
            required
            unit="ms"
            min={1}
            max={3_600_000}
            value={timeouts.first_byte_ms}
            onChange={(first_byte_ms) => first_byte_ms !== null && setTimeouts({ first_byte_ms })}
            error={issues.at("timeouts.first_byte_ms")}
          />
        </div>
      )}
    </>
  );
}

function Targets({ service, onChange, issues }: ServiceFieldsProps) {
  const { targets } = service;
  const setTargets = (next: Service["targets"]) => onChange({ ...service, targets: next });
  return (
    <div className="flex flex-col gap-2">
      {targets.map((target, at) => (
        // A target has no identity but its place.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={at} className="flex items-end gap-1">
          <TextField
            label={targets.length === 1 ? "Target" : `Target ${at + 1}`}
            mono
            className="flex-1"
            placeholder="http://127.0.0.1:3000"
            value={target.url}
            onChange={(url) => setTargets(targets.with(at, { url }))}
            error={issues.at(`targets[${at}]`)}
          />
          {targets.length > 1 && (
            <IconButton
              label={`Remove target ${at + 1}`}
              icon={<X size={16} aria-hidden="true" />}
              onClick={() => setTargets(targets.toSpliced(at, 1))}
            />
          )}
        </div>
      ))}
      <div className="flex items-center gap-2">
        <Button
          size="sm"
          icon={<Plus size={14} aria-hidden="true" />}
          onClick={() => setTargets([...targets, { url: "http://" }])}
        >
          Add target
        </Button>
        {targets.length > 1 && (
          <span className="text-small text-ink-3">Requests go to each in turn.</span>
        )}
      </div>
    </div>
  );
}
