import { ListField, Prose } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { HeaderLinesField } from "./HeaderLinesField.tsx";
import type { HeaderEdits } from "./headerText.ts";

interface HeaderEditsFieldsProps {
  /** Whose headers: "Request", "Answer". */
  of: string;
  value: HeaderEdits;
  onChange: (edits: HeaderEdits) => void;
  issues: FieldIssues;
  /** Where the edits stand for `issues`. */
  path: string;
}

/** What is taken from, set in and added to the headers of a message, in that order. */
export function HeaderEditsFields({ of, value, onChange, issues, path }: HeaderEditsFieldsProps) {
  const set = (change: Partial<HeaderEdits>) => onChange({ ...value, ...change });
  const whose = of.toLowerCase();
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-strong">{of} headers</legend>
      <ListField
        label="Remove"
        placeholder="none"
        value={value.remove}
        onChange={(remove) => set({ remove })}
        error={issues.at(`${path}.remove`)}
      />
      <HeaderLinesField
        legend="Set"
        help="in the place of those of the same name"
        one={`${whose} header to set`}
        add="Set a header"
        value={value.set}
        onChange={(lines) => set({ set: lines })}
        issues={issues}
        path={`${path}.set`}
      />
      <HeaderLinesField
        legend="Add"
        help="beside those of the same name"
        one={`${whose} header to add`}
        add="Add a header"
        value={value.add}
        onChange={(lines) => set({ add: lines })}
        issues={issues}
        path={`${path}.add`}
      />
      <PartProblem message={issues.rest(path, `${path}.remove`, `${path}.set`, `${path}.add`)} />
    </fieldset>
  );
}

/** What a header's value may hold. */
export function ValuesHelp() {
  const text =
    "Values may hold `${request_id}`, `${client_ip}`, `${host}`, `${path}`, `${route}`, `${version}` and `${consumer}`; `$$` is a dollar sign.";
  return (
    <p className="text-small text-ink-3">
      <Prose text={text} />
    </p>
  );
}
