import { type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

interface SwitchProps {
  label: string;
  /** Keeps the label for screen readers only, where the row already says what is switched. */
  hideLabel?: boolean;
  help?: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
  /** Why it cannot be switched now. */
  disabledReason?: string | undefined;
}

/** Something that is on or off and takes effect at once. */
export function Switch({
  label,
  hideLabel = false,
  help,
  checked,
  onChange,
  disabledReason,
}: SwitchProps) {
  const id = useId();
  const blocked = disabledReason !== undefined;
  const note = disabledReason ?? help;
  return (
    <div className="flex items-start gap-3">
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        aria-disabled={blocked || undefined}
        aria-describedby={note ? `${id}-help` : undefined}
        onChange={(event) => !blocked && onChange(event.target.checked)}
        className={cx(
          "relative mt-0.5 h-4 w-7 shrink-0 appearance-none rounded-full border bg-surface",
          "after:absolute after:top-[1px] after:left-[1px] after:size-3 after:rounded-full",
          "checked:bg-accent checked:after:left-[13px] checked:after:bg-on-accent",
          blocked
            ? "border-line after:bg-disabled"
            : "border-line-control after:bg-line-control checked:border-accent",
        )}
      />
      <div className="min-w-0">
        <label htmlFor={id} className={hideLabel ? "sr-only" : "text-body font-medium"}>
          {label}
        </label>
        {note && (
          <p id={`${id}-help`} className="text-small text-ink-3">
            {note}
          </p>
        )}
      </div>
    </div>
  );
}
