import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { type Config, type ConfigInForce, type Issue, Problem } from "@/api/index.ts";
import { Banner, Button, Prose, sentence } from "@/ui/index.ts";
import { useSaveConfig } from "./queries.ts";
import { SettingsSection } from "./SettingsSection.tsx";

interface ConfigFormProps<Part extends "listen" | "recording"> {
  title: string;
  part: Part;
  inForce: ConfigInForce;
  children: (form: {
    value: Config[Part];
    set: (change: Partial<Config[Part]>) => void;
    /** What is wrong at `port`, or at `retention.max_rows`. */
    error: (field: string) => string | undefined;
  }) => ReactNode;
}

/** A part of the configuration that is edited as a whole and saved by a press. */
export function ConfigForm<Part extends "listen" | "recording">(props: ConfigFormProps<Part>) {
  const { title, part, inForce, children } = props;
  const saved = inForce.config[part];
  // `null` follows what is in force; anything else is what was typed, whatever happens elsewhere.
  const [typed, setTyped] = useState<Config[Part] | null>(null);
  const [refused, setRefused] = useState<{ of: Config[Part]; problem: Problem } | null>(null);
  const save = useSaveConfig();
  const form = useRef<HTMLFormElement>(null);
  const value = typed ?? saved;
  const problem = refused?.of === value ? refused.problem : null;
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [problem]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === null || save.isPending) return;
    const config = { ...inForce.config, [part]: typed };
    save.mutate(
      { config, revision: inForce.revision },
      {
        onSuccess: () => {
          setTyped(null);
          setRefused(null);
        },
        onError: (error) => error instanceof Problem && setRefused({ of: typed, problem: error }),
      },
    );
  };
  const error = (field: string) => messagesAt(problem?.issues ?? [], `${part}.${field}`);
  return (
    <SettingsSection title={title}>
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {children({
          value,
          set: (change) => setTyped({ ...value, ...change }),
          error,
        })}
        {problem && <Refused problem={problem} part={part} />}
        <div className="flex gap-2">
          <Button
            type="submit"
            variant="primary"
            busy={save.isPending}
            disabledReason={typed === null ? "Nothing has changed." : undefined}
          >
            Save
          </Button>
          {typed !== null && <Button onClick={() => setTyped(null)}>Discard changes</Button>}
        </div>
      </form>
    </SettingsSection>
  );
}

function Refused({ problem, part }: { problem: Problem; part: string }) {
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
    <Banner tone="err">
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

function messagesAt(issues: readonly Issue[], path: string): string | undefined {
  const found = issues.filter((issue) => issue.path === path || issue.path.startsWith(`${path}[`));
  return found.length === 0 ? undefined : found.map(({ message }) => message).join("; ");
}
