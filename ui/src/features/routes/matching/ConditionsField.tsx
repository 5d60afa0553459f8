import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, Select, TextField } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import type { Condition } from "./matchText.ts";

interface ConditionsFieldProps {
  /** What the conditions are on. */
  of: "header" | "query";
  value: readonly Condition[];
  onChange: (conditions: Condition[]) => void;
  /** By the path from the list: `[0].value`. */
  issues: FieldIssues;
  path: string;
}

const WORDS = {
  header: { legend: "Headers", one: "header", add: "Add header condition" },
  query: { legend: "Query parameters", one: "query parameter", add: "Add query condition" },
} as const;

/** Conditions on headers or query parameters. All of them have to hold. */
export function ConditionsField({ of, value, onChange, issues, path }: ConditionsFieldProps) {
  const words = WORDS[of];
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-body font-medium">{words.legend}</legend>
      {value.map((condition, at) => (
        <ConditionRow
          // A condition has no identity but its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          of={of}
          number={at + 1}
          condition={condition}
          onChange={(next) => onChange(value.with(at, next))}
          onRemove={() => onChange(value.toSpliced(at, 1))}
          issues={issues}
          path={`${path}[${at}]`}
        />
      ))}
      <Button
        size="sm"
        className="self-start"
        icon={<Plus size={12} aria-hidden="true" />}
        onClick={() => onChange([...value, { name: "", test: "equals", value: "" }])}
      >
        {words.add}
      </Button>
      <PartProblem message={issues.rest(path, ...value.map((_, at) => `${path}[${at}]`))} />
    </fieldset>
  );
}

interface ConditionRowProps {
  of: "header" | "query";
  number: number;
  condition: Condition;
  onChange: (condition: Condition) => void;
  onRemove: () => void;
  issues: FieldIssues;
  path: string;
}

function ConditionRow({ of, number, condition, onChange, ...row }: ConditionRowProps) {
  const { name, test, value } = condition;
  const { issues, path } = row;
  // What was just added is not wrong yet.
  const [left, setLeft] = useState(name !== "");
  const what = `${WORDS[of].one} ${number}`;
  const hasValue = test === "equals" || test === "matches";
  const shown = [`${path}.name`, `${path}.test`, `${path}.value`];
  return (
    <fieldset className="grid grid-cols-[minmax(90px,1fr)_128px_minmax(90px,1fr)_auto] items-start gap-x-2 gap-y-1">
      <legend className="sr-only">Condition on {what}</legend>
      <TextField
        label={`Name of ${what}`}
        hideLabel
        mono
        placeholder={of === "header" ? "X-Beta" : "version"}
        value={name}
        onChange={(next) => onChange({ ...condition, name: next })}
        onBlur={() => setLeft(true)}
        error={left || name !== "" ? issues.at(`${path}.name`) : undefined}
      />
      <Select
        label={`Test of ${what}`}
        hideLabel
        narrow
        value={test}
        onChange={(next) =>
          onChange({
            ...condition,
            test: next,
            value: next === "equals" || next === "matches" ? (value ?? "") : null,
          })
        }
        options={[
          { value: "equals", label: "is" },
          { value: "matches", label: "matches", hint: "a regular expression, all of it" },
          { value: "present", label: "is there" },
          { value: "absent", label: "is not there" },
        ]}
        error={issues.at(`${path}.test`)}
      />
      {hasValue ? (
        <TextField
          label={`Value of ${what}`}
          hideLabel
          mono
          placeholder={test === "matches" ? "v[0-9]+" : "value"}
          value={value ?? ""}
          onChange={(next) => onChange({ ...condition, value: next })}
          error={left ? issues.at(`${path}.value`) : undefined}
        />
      ) : (
        <span />
      )}
      <IconButton
        label={`Remove the condition on ${name === "" ? what : name}`}
        icon={<X size={16} aria-hidden="true" />}
        onClick={row.onRemove}
      />
      <div className="col-span-full empty:hidden">
        <PartProblem message={issues.rest(path, ...shown)} />
      </div>
    </fieldset>
  );
}
