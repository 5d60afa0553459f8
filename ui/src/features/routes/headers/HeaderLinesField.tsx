import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, TextField } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import type { HeaderLine } from "./headerText.ts";

interface HeaderLinesFieldProps {
  /** What is done with the headers: "Set". */
  legend: string;
  help?: string;
  /** What one of them is called, for a screen reader: "header to set". */
  one: string;
  add: string;
  value: readonly HeaderLine[];
  onChange: (lines: HeaderLine[]) => void;
  issues: FieldIssues;
  /** Where the list stands for `issues`. */
  path: string;
  /** What a name and a value may look like. */
  example?: string;
  exampleValue?: string;
}

/** Headers with their values, a line each. */
export function HeaderLinesField(props: HeaderLinesFieldProps) {
  const { legend, help, one, value, onChange, issues, path } = props;
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-body font-medium">
        {legend}
        {help && <span className="font-normal text-ink-3"> {help}</span>}
      </legend>
      {value.map((line, at) => (
        <HeaderRow
          // A header has no identity but its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          what={`${one} ${at + 1}`}
          line={line}
          onChange={(next) => onChange(value.with(at, next))}
          onRemove={() => onChange(value.toSpliced(at, 1))}
          issues={issues}
          path={`${path}[${at}]`}
          example={props.example}
          exampleValue={props.exampleValue}
        />
      ))}
      <Button
        size="sm"
        className="self-start"
        icon={<Plus size={12} aria-hidden="true" />}
        onClick={() => onChange([...value, { name: "", value: "" }])}
      >
        {props.add}
      </Button>
      <PartProblem message={issues.rest(path, ...value.map((_, at) => `${path}[${at}]`))} />
    </fieldset>
  );
}

interface HeaderRowProps {
  what: string;
  line: HeaderLine;
  onChange: (line: HeaderLine) => void;
  onRemove: () => void;
  issues: FieldIssues;
  path: string;
  example: string | undefined;
  exampleValue: string | undefined;
}

function HeaderRow(props: HeaderRowProps) {
  const { what, line, onChange, onRemove, issues, path } = props;
  const { example = "X-Name", exampleValue = "value" } = props;
  // What was just added is not wrong yet.
  const [left, setLeft] = useState(line.name !== "");
  return (
    <fieldset className="grid grid-cols-[minmax(90px,2fr)_minmax(90px,3fr)_auto] items-start gap-x-2 gap-y-1">
      <legend className="sr-only">{what}</legend>
      <TextField
        label={`Name of ${what}`}
        hideLabel
        mono
        placeholder={example}
        value={line.name}
        onChange={(name) => onChange({ ...line, name })}
        onBlur={() => setLeft(true)}
        error={left || line.name !== "" ? issues.at(`${path}.name`) : undefined}
      />
      <TextField
        label={`Value of ${what}`}
        hideLabel
        mono
        placeholder={exampleValue}
        value={line.value}
        onChange={(value) => onChange({ ...line, value })}
        error={issues.at(`${path}.value`)}
      />
      <IconButton
        label={`Remove ${line.name === "" ? what : line.name}`}
        icon={<X size={16} aria-hidden="true" />}
        onClick={onRemove}
      />
      <div className="col-span-full empty:hidden">
        <PartProblem message={issues.rest(path, `${path}.name`, `${path}.value`)} />
      </div>
    </fieldset>
  );
}
