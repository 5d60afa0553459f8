import { useId } from "react";
import { Button, TextField } from "@/ui/index.ts";

interface TimeZoneFieldProps {
  value: string;
  onChange: (zone: string) => void;
  error: string | undefined;
}

/** Where midnight is, for quotas by calendar day, week and month. */
export function TimeZoneField({ value, onChange, error }: TimeZoneFieldProps) {
  const list = useId();
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="flex w-72 flex-col items-start gap-1.5">
      <TextField
        label="Time zone of quotas"
        mono
        list={list}
        className="w-full"
        value={value}
        onChange={onChange}
        error={error}
        help="Quotas begin anew at midnight there."
      />
      <datalist id={list}>
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </datalist>
      {here !== value && (
        <Button size="sm" onClick={() => onChange(here)}>
          Use {here}
        </Button>
      )}
    </div>
  );
}
