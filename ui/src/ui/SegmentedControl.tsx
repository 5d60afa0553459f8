import { type ReactNode, useId } from "react";

interface SegmentedControlProps<Value extends string> {
  /** What is chosen, for a screen reader: "Theme". */
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: string; icon?: ReactNode }[];
}

/** Two to four choices side by side. Radio buttons underneath: arrows move the choice. */
export function SegmentedControl<Value extends string>(props: SegmentedControlProps<Value>) {
  const name = useId();
  return (
    <fieldset className="inline-flex w-fit max-w-full flex-wrap rounded-control border border-line bg-canvas p-px">
      <legend className="sr-only">{props.label}</legend>
      {props.options.map((option) => (
        <label
          key={option.value}
          className="relative inline-flex h-6 items-center gap-1.5 rounded-[5px] border border-transparent px-2.5 text-small font-medium text-ink-2 select-none hover:text-ink has-checked:border-line has-checked:bg-surface has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-1 has-focus-visible:outline-focus"
        >
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={props.value === option.value}
            onChange={() => props.onChange(option.value)}
            className="absolute inset-0 appearance-none outline-none"
          />
          {option.icon}
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}
