import type { Quota } from "@/api/index.ts";
import { NumberField, Select } from "@/ui/index.ts";
import type { FieldIssues } from "../fieldIssues.ts";
import { PartProblem } from "../PartProblem.tsx";
import { LimitName, LimitRow } from "./LimitRow.tsx";
import { plainQuotaText, quotaText, owned } from "./limitText.ts";
import { ModeField } from "./ModeField.tsx";
import { WhoseFields } from "./WhoseFields.tsx";

interface QuotaRowProps {
  quota: Quota;
  number: number;
  owner: string | undefined;
  onChange: (quota: Quota) => void;
  onRemove: () => void;
  onTrip?: (() => void) | undefined;
  issues: FieldIssues;
}

const SHOWN = ["requests", "per", "by", "of", "mode", "name"];

/** A number of requests per calendar period. */
export function QuotaRow(props: QuotaRowProps) {
  const { quota, number, owner, onChange, onRemove, onTrip, issues } = props;
  const set = (change: Partial<Quota>) => onChange({ ...quota, ...change });
  return (
    <LimitRow
      legend={`Quota ${number}`}
      text={quotaText(quota)}
      onRemove={onRemove}
      more={
        <>
          <ModeField
            of={`quota ${number}`}
            value={quota.mode}
            onChange={(mode) => set({ mode })}
            onTrip={onTrip}
          />
          <PartProblem message={issues.rest("", ...SHOWN)} />
        </>
      }
    >
      <NumberField
        label="Requests"
        required
        min={1}
        max={1_000_000_000_000}
        value={quota.requests}
        onChange={(requests) => requests !== null && set({ requests })}
        error={issues.at("requests")}
      />
      <Select
        label="in a calendar"
        narrow
        value={quota.per}
        onChange={(per) => set({ per })}
        options={[
          { value: "day", label: "day", hint: "from midnight" },
          { value: "week", label: "week", hint: "from Monday" },
          { value: "month", label: "month", hint: "from the first" },
        ]}
        error={issues.at("per")}
      />
      <WhoseFields value={quota} onChange={set} issues={issues} />
      <LimitName
        value={quota.name}
        plain={owned(plainQuotaText(quota), owner)}
        onChange={(name) => set({ name })}
        error={issues.at("name")}
      />
    </LimitRow>
  );
}
