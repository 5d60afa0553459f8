import { Plus, X } from "lucide-react";
import type { Service } from "@/api/index.ts";
import { Button, format, IconButton, NumberField, TextField } from "@/ui/index.ts";
import type { ServicePartProps } from "./ServicePart.ts";

type Target = Service["targets"][number];

/** Where instances of the service listen, and the share of each. */
export function TargetFields({ service, onChange, issues }: ServicePartProps) {
  const { targets } = service;
  const set = (next: Target[]) => onChange({ ...service, targets: next });
  const whole = targets.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <div className="flex flex-col gap-2">
      {targets.map((target, at) => (
        <TargetRow
          // A target has no identity but its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          target={target}
          number={targets.length === 1 ? null : at + 1}
          share={whole === 0 ? 0 : target.weight / whole}
          onChange={(next) => set(targets.with(at, next))}
          onRemove={() => set(targets.toSpliced(at, 1))}
          error={(field) => issues.at(`targets[${at}].${field}`)}
        />
      ))}
      <Button
        size="sm"
        disabledReason={
          service.process == null
            ? undefined
            : "With a process there is one: the others get ports of their own."
        }
        className="self-start"
        icon={<Plus size={14} aria-hidden="true" />}
        onClick={() => set([...targets, { url: "http://", weight: 1 }])}
      >
        Add target
      </Button>
    </div>
  );
}

interface TargetRowProps {
  target: Target;
  /** `null` where it is the only one. */
  number: number | null;
  /** Its part of all requests, from 0 to 1. */
  share: number;
  onChange: (target: Target) => void;
  onRemove: () => void;
  error: (field: string) => string | undefined;
}

function TargetRow({ target, number, share, onChange, onRemove, error }: TargetRowProps) {
  return (
    <fieldset className="flex flex-wrap items-start gap-x-3 gap-y-1">
      <legend className="sr-only">{number === null ? "The target" : `Target ${number}`}</legend>
      <TextField
        label={number === null ? "Target" : `Target ${number}`}
        mono
        className="min-w-52 flex-1"
        placeholder="http://127.0.0.1:3000"
        value={target.url}
        onChange={(url) => onChange({ ...target, url })}
        error={error("url")}
      />
      {number !== null && (
        <>
          <NumberField
            label="Weight"
            required
            min={0}
            max={1_000}
            unit={<span className="inline-block w-12 tabular-nums">{format.percent(share)}</span>}
            value={target.weight}
            onChange={(weight) => weight !== null && onChange({ ...target, weight })}
            error={error("weight")}
          />
          <IconButton
            label={`Remove target ${number}`}
            className="mt-6"
            icon={<X size={16} aria-hidden="true" />}
            onClick={onRemove}
          />
        </>
      )}
    </fieldset>
  );
}
