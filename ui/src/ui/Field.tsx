import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { cx } from "./cx.ts";
import { Prose } from "./Prose.tsx";

/** What every field has. */
export interface FieldProps {
  label: string;
  /** Keeps the label for screen readers only, where the place already says what the field is. */
  hideLabel?: boolean | undefined;
  help?: ReactNode;
  /** What is wrong, and what to do. Shown under the field and read with it. */
  error?: string | undefined;
  className?: string | undefined;
}

/** The attributes a control takes from its field, so that label, help and error belong to it. */
export interface FieldControl {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

interface Props extends FieldProps {
  children: (control: FieldControl) => ReactNode;
}

/** Label, control, help and error, tied together. TextField and the others are made of it. */
export function Field({ label, hideLabel = false, help, error, className, children }: Props) {
  const id = useId();
  const helpId = help ? `${id}-help` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-body font-medium"}>
        {label}
      </label>
      {children({
        id,
        "aria-describedby": [errorId, helpId].filter(Boolean).join(" ") || undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {error && (
        <p id={errorId} className="flex items-start gap-1 text-small text-err">
          <CircleAlert size={14} aria-hidden="true" className="mt-px shrink-0" />
          <span>
            <Prose text={error} />
          </span>
        </p>
      )}
      {help && (
        <p id={helpId} className="text-small text-ink-3">
          {help}
        </p>
      )}
    </div>
  );
}
