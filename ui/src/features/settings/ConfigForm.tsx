import { type FormEvent, Fragment, type ReactNode, useEffect, useRef, useState } from "react";
import { type Config, type ConfigInForce, Problem } from "@/api/index.ts";
import { type FieldIssues, issuesUnder } from "@/forms/fieldIssues.ts";
import { Banner, Button, Prose, sentence } from "@/ui/index.ts";
import { useSaveConfig } from "./queries.ts";
import { SettingsSection } from "./SettingsSection.tsx";

/** The parts of the configuration that are settings. */
type SettingsPart = "listen" | "recording" | "api_keys" | "limits" | "cache";

interface ConfigFormProps<Part extends SettingsPart> {
  title: string;
  part: Part;
  inForce: ConfigInForce;
  /** What can be set instead after a refusal: a button, and what it sets. */
  instead?: (
    problem: Problem,
    value: Config[Part],
  ) => { label: string; change: Partial<Config[Part]> } | null;
  children: (form: {
    value: Config[Part];
    set: (change: Partial<Config[Part]>) => void;
    /** What is wrong at `port`, or at `retention.max_rows`. */
    error: (field: string) => string | undefined;
    /** The same for parts that look it up themselves. */
    issues: FieldIssues;
  }) => ReactNode;
}

/** A part of the configuration that is edited as a whole and saved by a press. */
export function ConfigForm<Part extends SettingsPart>(props: ConfigFormProps<Part>) {
  const { title, part, inForce, instead, children } = props;
  const saved = inForce.config[part];
  // Only what was typed: the rest follows what is in force, whatever happens elsewhere.
  const [typed, setTyped] = useState<Partial<Config[Part]>>({});
  const [round, setRound] = useState(0);
  const [refused, setRefused] = useState<{ of: Partial<Config[Part]>; problem: Problem } | null>(
    null,
  );
  const save = useSaveConfig();
  const form = useRef<HTMLFormElement>(null);
  const value = { ...saved, ...typed };
  const changed = differs(saved, typed);
  const problem = refused?.of === typed ? refused.problem : null;
  useEffect(() => {
    if (problem) focusIn(form.current, WRONG);
  }, [problem]);
  const before = useRef({ changed, problem });
  useEffect(() => {
    const gone = (before.current.changed && !changed) || (before.current.problem && !problem);
    before.current = { changed, problem };
    // Saved, discarded or led out: the button that had the focus is gone, and the focus with it.
    if (gone && document.activeElement === document.body) focusIn(form.current, "[type=submit]");
  }, [changed, problem]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    // Also what cannot be read as a number and so never became a change.
    if (!changed || save.isPending || focusIn(form.current, WRONG)) return;
    const config = { ...inForce.config, [part]: value };
    save.mutate(
      { config, revision: inForce.revision },
      {
        // What was typed meanwhile stays.
        onSuccess: () => setTyped((now) => (now === typed ? {} : now)),
        onError: (error) => error instanceof Problem && setRefused({ of: typed, problem: error }),
      },
    );
  };
  const discard = () => {
    setTyped({});
    // The fields start anew, also one that holds no number.
    setRound(round + 1);
  };
  const set = (change: Partial<Config[Part]>) => setTyped({ ...typed, ...change });
  const offer = problem && instead?.(problem, value);
  const issues = issuesUnder(problem?.issues ?? [], part);
  return (
    <SettingsSection title={title}>
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        <Fragment key={round}>{children({ value, set, error: issues.at, issues })}</Fragment>
        {problem && (
          <Refused
            problem={problem}
            part={part}
            actions={
              offer && (
                <Button size="sm" onClick={() => set(offer.change)}>
                  {offer.label}
                </Button>
              )
            }
          />
        )}
        <div className="flex gap-2">
          <Button
            type="submit"
            variant="primary"
            busy={save.isPending}
            disabledReason={changed ? undefined : "Nothing has changed."}
          >
            Save
          </Button>
          {changed && <Button onClick={discard}>Discard changes</Button>}
        </div>
      </form>
    </SettingsSection>
  );
}

const WRONG = "[aria-invalid=true]";

/** Moves the focus to what matches first; false if nothing does. */
function focusIn(form: HTMLElement | null, selector: string): boolean {
  const found = form?.querySelector<HTMLElement>(selector);
  found?.focus();
  return found != null;
}

interface RefusedProps {
  problem: Problem;
  part: string;
  actions: ReactNode;
}

function Refused({ problem, part, actions }: RefusedProps) {
  if (problem.code === "config_conflict") {
    return (
      <Banner tone="warn">
        The configuration was changed elsewhere and has been loaded again. What you typed is kept:
        press Save again.
      </Banner>
    );
  }
  const elsewhere = problem.issues.filter(({ path }) => !path.startsWith(`${part}.`));
  return (
    <Banner tone="err" actions={actions}>
      <Prose text={sentence(problem.message)} />
      {elsewhere.map(({ path, message }) => (
        <p key={`${path} ${message}`}>
          <code className="mr-2 font-mono text-code">{path}</code>
          <Prose text={sentence(message)} />
        </p>
      ))}
    </Banner>
  );
}

/** Whether a change changes anything; a field that is absent says the same as `null`. */
function differs<Value extends object>(saved: Value, change: Partial<Value>): boolean {
  return Object.entries(change).some(
    ([name, value]) =>
      JSON.stringify(value ?? null) !== JSON.stringify(saved[name as keyof Value] ?? null),
  );
}
