import { CircleAlert } from "lucide-react";
import { useId, useState } from "react";
import { cx, ListField, Prose } from "@/ui/index.ts";

const COMMON = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

const ROUTE = { none: "None pressed: any method.", some: "Others are answered 405." };

interface MethodsFieldProps {
  value: readonly string[];
  onChange: (value: string[]) => void;
  error?: string | undefined;
  /** What no method and what some methods mean; unless said, as for a route. */
  help?: { none: string; some: string };
}

/** Which methods a route takes: the common ones to press, others to type. None is any. */
export function MethodsField({ value, onChange, error, help = ROUTE }: MethodsFieldProps) {
  const id = useId();
  const others = value.filter((method) => !COMMON.includes(method));
  const [typing, setTyping] = useState(others.length > 0);
  const toggle = (method: string) =>
    onChange(
      value.includes(method) ? value.filter((other) => other !== method) : [...value, method],
    );
  return (
    <fieldset
      aria-describedby={`${id}-help${error ? ` ${id}-error` : ""}`}
      className="flex flex-col gap-1"
    >
      <legend className="mb-1 text-body font-medium">Methods</legend>
      <div className="flex flex-wrap gap-1">
        {COMMON.map((method) => (
          <Toggle
            key={method}
            label={method}
            pressed={value.includes(method)}
            onClick={() => toggle(method)}
          />
        ))}
        <Toggle
          label="Others…"
          pressed={typing}
          onClick={() => {
            setTyping(!typing);
            if (typing) onChange(value.filter((method) => COMMON.includes(method)));
          }}
        />
      </div>
      {typing && (
        <ListField
          label="Other methods"
          hideLabel
          placeholder="PROPFIND, REPORT"
          value={others}
          onChange={(next) =>
            onChange([...value.filter((method) => COMMON.includes(method)), ...next])
          }
        />
      )}
      {error && (
        <p id={`${id}-error`} className="flex items-start gap-1 text-small text-err">
          <CircleAlert size={14} aria-hidden="true" className="mt-px shrink-0" />
          <span>
            <Prose text={error} />
          </span>
        </p>
      )}
      <p id={`${id}-help`} className="text-small text-ink-3">
        {value.length === 0 ? help.none : help.some}
      </p>
    </fieldset>
  );
}

function Toggle(props: { label: string; pressed: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      aria-pressed={props.pressed}
      onClick={props.onClick}
      className={cx(
        "h-7 rounded-control border px-2 font-mono text-code select-none",
        props.pressed
          ? "border-accent-ink bg-selected text-ink"
          : "border-line text-ink-2 hover:border-line-control hover:text-ink",
      )}
    >
      {props.label}
    </button>
  );
}
