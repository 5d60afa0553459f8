import { useState } from "react";
import { NumberField, Select } from "@/ui/index.ts";
import { inUnit, toBytes, type Unit, UNITS } from "./sizes.ts";

interface SizeFieldProps {
  label: string;
  help?: string;
  error: string | undefined;
  /** Bytes; `null` where there is no bound. */
  value: number | null;
  onChange: (bytes: number | null) => void;
  /** An empty field is wrong, not "no bound". */
  required?: boolean;
  placeholder?: string;
}

/** A size as a number and its unit. */
export function SizeField({ value, onChange, label, help, error, ...rest }: SizeFieldProps) {
  const shown = value === null ? null : inUnit(value);
  // The unit a person chose stays, even where another would be shorter.
  const [chosen, setChosen] = useState<Unit | null>(null);
  const unit = chosen ?? shown?.unit ?? "MiB";
  const count = value === null ? null : value / toBytes(1, unit);
  const whole = count === null || Number.isInteger(count);
  return (
    <NumberField
      label={label}
      help={help}
      error={error}
      min={0}
      value={whole ? count : (shown?.count ?? null)}
      onChange={(next) => onChange(next === null ? null : toBytes(next, unit))}
      {...rest}
      unit={
        <Select
          label={`Unit of ${label.toLowerCase()}`}
          hideLabel
          value={whole ? unit : (shown?.unit ?? "B")}
          onChange={(next) => {
            setChosen(next);
            if (count !== null) onChange(toBytes(Math.max(1, Math.round(count)), next));
          }}
          options={UNITS.map((one) => ({ value: one, label: one }))}
        />
      }
    />
  );
}
