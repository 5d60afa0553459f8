import { type ComponentPropsWithRef, type ReactNode, useState } from "react";
import { cx } from "./cx.ts";
import { Field, type FieldProps } from "./Field.tsx";

type InputProps = Omit<ComponentPropsWithRef<"input">, "value" | "onChange" | "id" | "className">;

export interface TextFieldProps extends FieldProps, InputProps {
  value: string;
  onChange: (value: string) => void;
  /** For paths, hosts, headers: anything a machine reads. */
  mono?: boolean;
}

/** One line of text. */
export function TextField(props: TextFieldProps) {
  const {
    label,
    hideLabel,
    help,
    error,
    className,
    value,
    onChange,
    mono = false,
    ...input
  } = props;
  return (
    <Field label={label} hideLabel={hideLabel} help={help} error={error} className={className}>
      {(control) => (
        <input
          type="text"
          spellCheck={!mono}
          autoComplete="off"
          {...input}
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={cx("field w-full", mono && "font-mono text-code")}
        />
      )}
    </Field>
  );
}

export interface NumberFieldProps extends FieldProps, Omit<InputProps, "min" | "max"> {
  /** `null` is an empty field. */
  value: number | null;
  /**
   * Called with whole numbers inside the bounds, and with `null` when the field is emptied. An empty
   * field that is `required` is as wrong as one with letters.
   */
  onChange: (value: number | null) => void;
  min?: number;
  max?: number;
  /** After the field: "ms", "requests", or a choice of units. */
  unit?: ReactNode;
}

/**
 * A whole number. What cannot be read as one stays visible with an error and changes nothing; a
 * form finds it by `[data-unreadable]`.
 */
export function NumberField(props: NumberFieldProps) {
  const { label, hideLabel, help, error, className, value, onChange, min, max, unit, ...input } =
    props;
  const [draft, setDraft] = useState(() => textOf(value));
  const readDraft = (text: string) =>
    input.required && text.trim() === ""
      ? { value: null, problem: "Enter a whole number." }
      : readNumber(text, min, max);
  const read = readDraft(draft);
  // A value set from outside replaces the draft, unless the draft says the same or is being mended.
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (read.problem || read.value !== value) setDraft(textOf(value));
  }
  return (
    <Field
      label={label}
      hideLabel={hideLabel}
      help={help}
      error={read.problem ?? error}
      className={className}
    >
      {(control) => (
        <span className="flex items-center gap-2">
          <input
            type="text"
            inputMode="numeric"
            autoComplete="off"
            {...input}
            {...control}
            data-unreadable={read.problem !== undefined || undefined}
            value={draft}
            onChange={(event) => {
              setDraft(event.target.value);
              const next = readDraft(event.target.value);
              if (!next.problem && next.value !== value) {
                setKnown(next.value);
                onChange(next.value);
              }
            }}
            className="field w-24 text-right tabular-nums"
          />
          {unit && <span className="text-body text-ink-2">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

const textOf = (value: number | null) => (value === null ? "" : String(value));

/** The whole number a text says, or the sentence that says why it is none. */
function readNumber(
  text: string,
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): { value: number | null; problem?: string } {
  const trimmed = text.trim();
  if (trimmed === "") return { value: null };
  const value = Number(trimmed);
  if (!/^-?\d+$/.test(trimmed) || !Number.isSafeInteger(value)) {
    return { value: null, problem: "Enter a whole number." };
  }
  if (value < min) return { value: null, problem: `Enter ${min} or more.` };
  if (value > max) return { value: null, problem: `Enter ${max} or less.` };
  return { value };
}
