import { Zap } from "lucide-react";
import type { RateLimit } from "@/api/index.ts";
import { Button, SegmentedControl } from "@/ui/index.ts";

type Mode = RateLimit["mode"];

const SAYS = {
  enforce: null,
  shadow:
    "Counts and says what it would have done, in headers and in the log, but refuses nothing.",
  off: "Rests: it counts nothing.",
} as const satisfies Record<Mode, string | null>;

interface ModeFieldProps {
  /** What it is the mode of: "limit 1". */
  of: string;
  value: Mode;
  onChange: (mode: Mode) => void;
  /** Opens what sends requests until the limit refuses one; absent where it is not in force. */
  onTrip?: (() => void) | undefined;
}

/** Whether a limit refuses. */
export function ModeField({ of, value, onChange, onTrip }: ModeFieldProps) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <SegmentedControl
        label={`What ${of} does`}
        value={value}
        onChange={onChange}
        options={[
          { value: "enforce", label: "Enforce" },
          { value: "shadow", label: "Shadow" },
          { value: "off", label: "Off" },
        ]}
      />
      {onTrip && value === "enforce" && (
        <Button size="sm" icon={<Zap size={12} aria-hidden="true" />} onClick={onTrip}>
          Trip it…<span className="sr-only"> ({of})</span>
        </Button>
      )}
      {SAYS[value] !== null && <p className="min-w-0 flex-1 text-small text-warn">{SAYS[value]}</p>}
    </div>
  );
}
