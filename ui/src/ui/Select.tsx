import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";
import { cx } from "./cx.ts";
import { Field, type FieldProps } from "./Field.tsx";

export interface SelectOption<Value extends string> {
  value: Value;
  label: string;
  /** A second, quieter line. */
  hint?: string;
}

interface SelectProps<Value extends string> extends FieldProps {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly SelectOption<Value>[];
  disabled?: boolean;
  /** As wide as its words, for a unit beside a number. */
  narrow?: boolean;
}

/** One of a few options. For two to four short ones a SegmentedControl reads faster. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const {
    label,
    hideLabel,
    help,
    error,
    className,
    value,
    onChange,
    options,
    disabled = false,
    narrow = false,
  } = props;
  return (
    <Field label={label} hideLabel={hideLabel} help={help} error={error} className={className}>
      {(control) => (
        <Base.Root
          items={options}
          value={value}
          disabled={disabled}
          onValueChange={(next) => next !== null && onChange(next)}
        >
          <Base.Trigger
            {...control}
            className={cx(
              "field flex w-full items-center justify-between gap-2 text-body select-none",
              narrow ? "min-w-18" : "min-w-32",
            )}
          >
            <Base.Value className="truncate" />
            <Base.Icon className="text-ink-3">
              <ChevronsUpDown size={14} aria-hidden="true" />
            </Base.Icon>
          </Base.Trigger>
          <Base.Portal>
            <Base.Positioner
              alignItemWithTrigger={false}
              sideOffset={4}
              className="z-50 outline-none"
            >
              <Base.Popup className="float max-h-[min(20rem,var(--available-height))] min-w-(--anchor-width) overflow-y-auto p-1 outline-none">
                {options.map((option) => (
                  <Option key={option.value} option={option} />
                ))}
              </Base.Popup>
            </Base.Positioner>
          </Base.Portal>
        </Base.Root>
      )}
    </Field>
  );
}

function Option<Value extends string>({ option }: { option: SelectOption<Value> }) {
  return (
    <Base.Item
      value={option.value}
      className={cx(
        "flex min-h-7 items-center gap-2 rounded-tag py-1 pr-3 pl-2 text-body outline-none select-none",
        "data-highlighted:bg-hover",
      )}
    >
      <span className="w-4 shrink-0">
        <Base.ItemIndicator>
          <Check size={14} aria-hidden="true" />
        </Base.ItemIndicator>
      </span>
      <span className="flex flex-col">
        <Base.ItemText>{option.label}</Base.ItemText>
        {option.hint && <span className="text-small text-ink-3">{option.hint}</span>}
      </span>
    </Base.Item>
  );
}
