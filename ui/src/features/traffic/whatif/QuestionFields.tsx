import { FileCog, Undo2 } from "lucide-react";
import {
  Button,
  Field,
  Select,
  type SelectOption,
  TextArea,
  TextField,
  toast,
} from "@/ui/index.ts";
import { readYaml, useCallers } from "./queries.ts";
import { type CallerChoice, type Draft, localNow } from "./question.ts";

interface QuestionFieldsProps {
  draft: Draft;
  onChange: (draft: Draft) => void;
  /** Whether it is a request of the log. */
  logged: boolean;
  problem: { field: "headers" | "at"; message: string } | null;
}

/** What is asked about: the request, who sends it and when, by which configuration. */
export function QuestionFields({ draft, onChange, logged, problem }: QuestionFieldsProps) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const wrong = (field: "headers" | "at") =>
    problem?.field === field ? problem.message : undefined;
  return (
    <section aria-label="What is asked" className="flex flex-col gap-3">
      <div className="flex items-start gap-2">
        <TextField
          label="Method"
          mono
          className="w-24 shrink-0"
          value={draft.method}
          onChange={(method) => set({ method: method.toUpperCase() })}
        />
        <TextField
          label="Path or URL"
          mono
          className="flex-1"
          value={draft.url}
          onChange={(url) => set({ url })}
        />
      </div>
      <TextArea
        label="Headers"
        mono
        rows={logged ? 4 : 3}
        placeholder="X-API-Version: v2"
        value={draft.headers}
        onChange={(headers) => set({ headers })}
        error={wrong("headers")}
        help={logged && "What is masked here counts as what it was."}
      />
      <div className="flex flex-wrap items-start gap-3">
        <CallerField value={draft.caller} onChange={(caller) => set({ caller })} />
        <Select
          label="When"
          className="w-52"
          value={draft.when}
          onChange={(when) => set({ when, at: draft.at || localNow(new Date()) })}
          options={whens(logged)}
        />
        {draft.when === "at" && (
          <Field label="Moment" error={wrong("at")}>
            {(control) => (
              <input
                type="datetime-local"
                step={1}
                {...control}
                value={draft.at}
                onChange={({ target }) => set({ at: target.value })}
                className="field w-56 tabular-nums"
              />
            )}
          </Field>
        )}
      </div>
      <YamlField yaml={draft.yaml} onChange={(yaml) => set({ yaml })} />
    </section>
  );
}

function whens(logged: boolean): SelectOption<Draft["when"]>[] {
  return [
    ...(logged
      ? [{ value: "then" as const, label: "When it came", hint: "with limits as they stood" }]
      : []),
    { value: "now", label: "Now", hint: "with limits as they stand" },
    { value: "at", label: "At another time" },
  ];
}

interface CallerFieldProps {
  value: CallerChoice;
  onChange: (value: CallerChoice) => void;
}

function CallerField({ value, onChange }: CallerFieldProps) {
  const callers = useCallers();
  const options: SelectOption<CallerChoice>[] = [
    { value: "shown", label: "As the headers say" },
    { value: "nobody", label: "Nobody", hint: "without credentials" },
    ...(callers?.keys ?? []).map(({ id, name, hint }) => ({
      value: `key ${id}` as const,
      label: `Key ${name}`,
      hint,
    })),
    ...(callers?.consumers ?? []).map((name) => ({
      value: `consumer ${name}` as const,
      label: `Consumer ${name}`,
      hint: "by whatever way the route takes",
    })),
  ];
  return (
    <Select label="Caller" className="w-64" value={value} onChange={onChange} options={options} />
  );
}

interface YamlFieldProps {
  yaml: string | null;
  onChange: (yaml: string | null) => void;
}

/** Another configuration to ask by; it is only asked by, and changes nothing. */
function YamlField({ yaml, onChange }: YamlFieldProps) {
  if (yaml === null) {
    const open = () =>
      void readYaml().then(onChange, (error: unknown) =>
        toast({
          tone: "err",
          title: "The configuration cannot be read",
          detail: error instanceof Error ? error.message : "",
        }),
      );
    return (
      <Button
        size="sm"
        className="self-start"
        icon={<FileCog size={14} aria-hidden="true" />}
        onClick={open}
      >
        Try another configuration
      </Button>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label="Configuration"
        mono
        rows={12}
        value={yaml}
        onChange={onChange}
        help="Only asked by here. What is in force stays as it is."
      />
      <Button
        size="sm"
        className="self-start"
        icon={<Undo2 size={14} aria-hidden="true" />}
        onClick={() => onChange(null)}
      >
        Back to the one in force
      </Button>
    </div>
  );
}
