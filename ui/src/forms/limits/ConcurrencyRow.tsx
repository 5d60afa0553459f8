import type { ConcurrencyLimit } from "@/api/index.ts";
import { NumberField } from "@/ui/index.ts";
import type { FieldIssues } from "../fieldIssues.ts";
import { PartProblem } from "../PartProblem.tsx";
import { LimitName, LimitRow } from "./LimitRow.tsx";
import { concurrencyText, plainConcurrencyText, owned } from "./limitText.ts";
import { ModeField } from "./ModeField.tsx";
import { WhoseFields } from "./WhoseFields.tsx";

interface ConcurrencyRowProps {
  limit: ConcurrencyLimit;
  number: number;
  owner: string | undefined;
  onChange: (limit: ConcurrencyLimit) => void;
  onRemove: () => void;
  issues: FieldIssues;
}

const SHOWN = ["requests", "by", "of", "mode", "name"];

/** A limit on how many requests run at the same time. */
export function ConcurrencyRow(props: ConcurrencyRowProps) {
  const { limit, number, owner, onChange, onRemove, issues } = props;
  const set = (change: Partial<ConcurrencyLimit>) => onChange({ ...limit, ...change });
  return (
    <LimitRow
      legend={`Limit on running requests ${number}`}
      text={concurrencyText(limit)}
      onRemove={onRemove}
      more={
        <>
          <ModeField
            of={`limit on running requests ${number}`}
            value={limit.mode}
            onChange={(mode) => set({ mode })}
          />
          <PartProblem message={issues.rest("", ...SHOWN)} />
        </>
      }
    >
      <NumberField
        label="Requests at once"
        required
        min={1}
        max={1_000_000}
        value={limit.requests}
        onChange={(requests) => requests !== null && set({ requests })}
        error={issues.at("requests")}
      />
      <WhoseFields value={limit} onChange={set} issues={issues} />
      <LimitName
        value={limit.name}
        plain={owned(plainConcurrencyText(limit), owner)}
        onChange={(name) => set({ name })}
        error={issues.at("name")}
      />
    </LimitRow>
  );
}
