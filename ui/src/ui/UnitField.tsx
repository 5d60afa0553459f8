import { useState } from "react";
import type { FieldProps } from "./Field.tsx";
import { Select } from "./Select.tsx";
import { NumberField } from "./TextField.tsx";
import { inUnit, SIZES, TIMES, type Unit } from "./units.ts";

interface AmountFieldProps extends FieldProps {
  /** In the smallest unit: bytes, milliseconds. `null` is an empty field. */
  value: number | null;
  onChange: (amount: number | null) => void;
  /** Bounds in the smallest unit. */
  min?: number;
  max?: number;
  /** An empty field is wrong, not "none". */
  required?: boolean;
  placeholder?: string;
}

interface UnitFieldProps extends AmountFieldProps {
  units: readonly Unit[];
  /** Name of the unit of an empty field. */
  usual: string;
}

/** An amount as a number and its unit. */
function UnitField(props: UnitFieldProps) {
  const { value, onChange, units, usual, label, min = 0, max, ...rest } = props;
  // The unit a person chose stays, even where another would be shorter.
  const [chosen, setChosen] = useState<Unit | null>(null);
  const fitting = value === null ? null : inUnit(value, units);
  const wanted = chosen ?? fitting?.unit ?? units.find(({ name }) => name === usual);
  const whole = value === null || (wanted !== undefined && value % wanted.is === 0);
  const unit = (whole ? wanted : fitting?.unit) as Unit;
  const inBounds = (amount: number) => Math.min(Math.max(amount, min), max ?? amount);
  return (
    <NumberField
      label={label}
      {...rest}
      min={Math.ceil(min / unit.is)}
      {...(max !== undefined && { max: Math.floor(max / unit.is) })}
      value={value === null ? null : value / unit.is}
      onChange={(count) => onChange(count === null ? null : count * unit.is)}
      unit={
        <Select
          label={`Unit of ${label.toLowerCase()}`}
          hideLabel
          narrow
          value={unit.name}
          onChange={(name) => {
            const next = units.find((one) => one.name === name) as Unit;
            setChosen(next);
            // The number stands, in another unit, as far as the bounds let it.
            if (value !== null) onChange(inBounds((value / unit.is) * next.is));
          }}
          options={units
            .filter(({ is }) => max === undefined || is <= max)
            .map(({ name }) => ({ value: name, label: name }))}
        />
      }
    />
  );
}

/** A size; its value is in bytes. */
export function SizeField(props: AmountFieldProps) {
  return <UnitField {...props} units={SIZES} usual="MiB" />;
}

/** A span of time; its value is in milliseconds. */
export function DurationField(props: AmountFieldProps) {
  return <UnitField {...props} units={TIMES} usual="s" />;
}
