import { useState } from "react";
import { Field, type FieldProps } from "./Field.tsx";

interface DateFieldProps extends FieldProps {
  /** An instant as RFC 3339 writes it, or `null`. */
  value: string | null;
  onChange: (instant: string | null) => void;
}

/**
 * A day, from midnight UTC on. An instant given elsewhere keeps its time of day while its day is
 * changed here. A day half typed changes nothing.
 */
export function DateField({ label, hideLabel, help, error, className, ...field }: DateFieldProps) {
  const { value, onChange } = field;
  const [text, setText] = useState(() => dayOf(value));
  const [unreadable, setUnreadable] = useState(false);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setText(dayOf(value));
    setUnreadable(false);
  }
  const read = (next: string, partly: boolean) => {
    setText(next);
    const readable = next === "" ? !partly : isDay(next);
    setUnreadable(!readable);
    if (!readable) return;
    const instant = next === "" ? null : `${next}T${timeOf(value)}`;
    setKnown(instant);
    onChange(instant);
  };
  const time = timeOf(value);
  return (
    <Field
      label={label}
      hideLabel={hideLabel}
      help={help ?? (value !== null && `At ${time.replace(/:00Z$/, " UTC").replace(/Z$/, " UTC")}`)}
      error={unreadable ? "Enter a day, such as 2026-12-01." : error}
      className={className}
    >
      {(control) => (
        <input
          type="date"
          {...control}
          placeholder="2026-12-01"
          data-unreadable={unreadable || undefined}
          value={text}
          onChange={({ target }) => read(target.value, target.validity.badInput)}
          className="field w-40 tabular-nums"
        />
      )}
    </Field>
  );
}

function dayOf(instant: string | null): string {
  return instant?.slice(0, 10) ?? "";
}

function timeOf(instant: string | null): string {
  return instant?.slice(11) || "00:00:00Z";
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < "1970-01-01") return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
