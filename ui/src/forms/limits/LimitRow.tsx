import { X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton, TextField } from "@/ui/index.ts";

interface LimitRowProps {
  /** What it is called: "60/min per key". */
  text: string;
  /** What kind it is and which: "Limit 1". */
  legend: string;
  onRemove: () => void;
  children: ReactNode;
  /** What stands under the first line. */
  more: ReactNode;
}

/** One limit: its numbers in a line, and the rest under it. */
export function LimitRow({ text, legend, onRemove, children, more }: LimitRowProps) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-2 rounded-control border border-line-subtle px-3 py-2.5">
      <legend className="sr-only">
        {legend}: {text}
      </legend>
      <div className="flex items-start gap-x-3">
        <div className="flex min-w-0 flex-1 flex-wrap items-start gap-x-3 gap-y-2">{children}</div>
        <IconButton
          label={`Remove the limit ${text}`}
          icon={<X size={16} aria-hidden="true" />}
          className="mt-6"
          onClick={onRemove}
        />
      </div>
      {more}
    </fieldset>
  );
}

interface LimitNameProps {
  value: string | null;
  onChange: (name: string | null) => void;
  /** What it is called if nothing is typed. */
  plain: string;
  error: string | undefined;
}

/** What a limit is called in answers and in the log. */
export function LimitName({ value, onChange, plain, error }: LimitNameProps) {
  return (
    <TextField
      label="Called"
      className="min-w-36 flex-1"
      placeholder={plain}
      value={value ?? ""}
      onChange={(name) => onChange(name === "" ? null : name)}
      error={error}
    />
  );
}
