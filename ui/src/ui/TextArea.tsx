import type { ComponentPropsWithRef } from "react";
import { cx } from "./cx.ts";
import { Field, type FieldProps } from "./Field.tsx";

interface TextAreaProps
  extends
    FieldProps,
    Omit<ComponentPropsWithRef<"textarea">, "value" | "onChange" | "id" | "className"> {
  value: string;
  onChange: (value: string) => void;
  /** For what a machine reads. */
  mono?: boolean;
}

/** Several lines of text. */
export function TextArea(props: TextAreaProps) {
  const {
    label,
    hideLabel,
    help,
    error,
    className,
    value,
    onChange,
    mono = false,
    ...area
  } = props;
  return (
    <Field label={label} hideLabel={hideLabel} help={help} error={error} className={className}>
      {(control) => (
        <textarea
          rows={4}
          spellCheck={!mono}
          autoComplete="off"
          {...area}
          {...control}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className={cx("field h-auto w-full resize-y py-1", mono && "font-mono text-code")}
        />
      )}
    </Field>
  );
}
