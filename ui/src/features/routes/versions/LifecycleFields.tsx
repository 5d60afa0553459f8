import type { Version } from "@/api/index.ts";
import { DateField, Select, Switch, TextField } from "@/ui/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";

/** The choice that stands for no version; no name holds a colon. */
const NONE = ":none";

interface LifecycleFieldsProps {
  version: Version;
  onChange: (change: Partial<Version>) => void;
  issues: FieldIssues;
  /** The names of the other versions. */
  others: readonly string[];
}

/** When a version is deprecated and when it stops, and where people read about it. */
export function LifecycleFields({ version, onChange, issues, others }: LifecycleFieldsProps) {
  const { successor } = version;
  const text = (value: string) => (value === "" ? null : value);
  return (
    <>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(180px,1fr))] items-start gap-x-4 gap-y-3">
        <DateField
          label="Deprecated from"
          value={version.deprecated_at}
          onChange={(deprecated_at) => onChange({ deprecated_at })}
          error={issues.at("deprecated_at")}
        />
        <TextField
          label="Read about it at"
          mono
          placeholder="https://"
          value={version.deprecation_link ?? ""}
          onChange={(link) => onChange({ deprecation_link: text(link) })}
          error={issues.at("deprecation_link")}
        />
        <DateField
          label="Stops on"
          value={version.sunset_at}
          onChange={(sunset_at) => onChange({ sunset_at })}
          error={issues.at("sunset_at")}
        />
        <TextField
          label="Read about the end at"
          mono
          placeholder="https://"
          value={version.sunset_link ?? ""}
          onChange={(link) => onChange({ sunset_link: text(link) })}
          error={issues.at("sunset_link")}
        />
      </div>
      <Switch
        label="Answer 410 once it has stopped"
        help="Without, callers are only told by the headers Deprecation, Sunset and Link."
        checked={version.enforce_sunset}
        onChange={(enforce_sunset) => onChange({ enforce_sunset })}
        disabledReason={
          version.sunset_at === null && !version.enforce_sunset
            ? "Say first when it stops."
            : undefined
        }
      />
      <Select
        label="Callers should move to"
        className="w-52"
        value={successor ?? NONE}
        onChange={(choice) => onChange({ successor: choice === NONE ? null : choice })}
        options={[
          { value: NONE, label: "no version named" },
          ...others.map((name) => ({ value: name, label: name })),
        ]}
        error={issues.at("successor")}
      />
    </>
  );
}
