import { CircleAlert } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Prose } from "./Prose.tsx";

interface CheckGroupProps<Value extends string> {
  label: string;
  /** In the order of the options, whatever the order of the presses. */
  value: readonly Value[];
  onChange: (value: Value[]) => void;
  options: readonly { value: Value; label: string; hint?: string }[];
  help?: ReactNode;
  error?: string | undefined;
}

/** Any number of a few options. */
export function CheckGroup<Value extends string>(props: CheckGroupProps<Value>) {
  const { label, value, onChange, options, help, error } = props;
  const id = useId();
  const toggle = (one: Value) =>
    onChange(
      options
        .map((option) => option.value)
        .filter((other) => (other === one ? !value.includes(one) : value.includes(other))),
    );
  return (
    <fieldset
      aria-describedby={[error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ")}
      className="flex min-w-0 flex-col gap-1"
    >
      <legend className="mb-1 text-body font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-5 gap-y-1.5">
        {options.map((option) => (
          <label key={option.value} className="flex items-start gap-2 select-none">
            <input
              type="checkbox"
              checked={value.includes(option.value)}
              onChange={() => toggle(option.value)}
              className="mt-0.5 size-4 shrink-0 accent-accent"
            />
            <span>
              {option.label}
              {option.hint && <span className="block text-small text-ink-3">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1 text-small text-err">
          <CircleAlert size={14} aria-hidden="true" className="mt-px shrink-0" />
          <span>
            <Prose text={error} />
          </span>
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="text-small text-ink-3">
          {help}
        </p>
      )}
    </fieldset>
  );
}
