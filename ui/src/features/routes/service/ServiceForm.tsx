import { Trash2 } from "lucide-react";
import { type FormEvent, useMemo, useRef, useState } from "react";
import { type ConfigInForce, Problem, type Service } from "@/api/index.ts";
import { Button, IconButton, TextField } from "@/ui/index.ts";
import { ConflictBanner } from "@/forms/ConflictBanner.tsx";
import { Issues } from "@/forms/Issues.tsx";
import { useChecked } from "@/forms/useChecked.ts";
import { useWrites } from "../queries.ts";
import { type Refusal, RefusalBanner } from "@/forms/RefusalBanner.tsx";
import { issuesUnder, otherIssues } from "@/forms/fieldIssues.ts";
import { same } from "@/forms/same.ts";
import { newService, placeService, sendsTo } from "../routeDraft.ts";
import { useFocusFirstError } from "@/forms/useFocusFirstError.ts";
import { useMerged } from "@/forms/useMerged.ts";
import { LiveState } from "./LiveState.tsx";
import { ServiceSections } from "./ServiceSections.tsx";
import { UsedBy } from "./UsedBy.tsx";

interface ServiceFormProps {
  inForce: ConfigInForce;
  /** `null` makes a new one. */
  service: Service | null;
  onSaved: (name: string) => void;
  onRemove: () => void;
  onOpenRoute: (name: string) => void;
}

/** Edits a service, or makes one. A half-typed address must not get traffic: Save decides. */
export function ServiceForm({ inForce, service, ...on }: ServiceFormProps) {
  const { config, revision } = inForce;
  const [blank] = useState(() => newService(config));
  const { draft, setDraft, sending, conflict, settle } = useMerged(service ?? blank);
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [round, setRound] = useState(0);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  useFocusFirstError(form, attempt);
  const writes = useWrites();

  const name = service?.name ?? null;
  const placed = useMemo(() => placeService(config, draft, name), [config, draft, name]);
  const checked = useChecked(placed.config);
  const problem = refused?.of === draft ? refused.problem : null;
  const issues = problem && problem.issues.length > 0 ? problem.issues : checked.issues;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const unreadable = form.current?.querySelector<HTMLElement>("[data-unreadable]");
    unreadable?.focus();
    if (busy || unreadable) return;
    setBusy(true);
    sending(draft);
    try {
      await writes.writeService(name ?? draft.name, draft, revision);
      setRefused(null);
      on.onSaved(draft.name);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === "config_conflict") await writes.reload();
      setRefused({ of: draft, problem: error });
      setAttempt(attempt + 1);
    } finally {
      setBusy(false);
    }
  };
  const discard = () => {
    if (service) setDraft(service);
    // The fields start anew, also one that holds no number.
    setRound(round + 1);
  };
  const at = issuesUnder(issues, placed.path);
  const users = config.routes.filter((route) => name !== null && sendsTo(route, name));
  const button = service ? "Save service" : "Create service";
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => void submit(event)}
      aria-label={service ? `Service ${service.name}` : "New service"}
      className="flex h-full flex-col"
    >
      <header className="flex items-center gap-2 px-4 pt-3">
        <h2 className="min-w-0 flex-1 truncate text-title">{service?.name ?? "New service"}</h2>
        {service && (
          <IconButton
            label={`Delete service ${service.name}`}
            icon={<Trash2 size={16} aria-hidden="true" />}
            onClick={on.onRemove}
          />
        )}
      </header>
      {conflict && <ConflictBanner what="service" onSettle={settle} />}
      <RefusalBanner refusal={refused} now={draft} retry={button} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        {service && <LiveState service={service} />}
        <TextField
          label="Name"
          mono
          className="px-4 pt-3 pb-4"
          value={draft.name}
          onChange={(next) => setDraft({ ...draft, name: next })}
          error={at.at("name")}
        />
        <ServiceSections
          round={round}
          service={draft}
          onChange={setDraft}
          issues={at}
          showErrors={attempt > 0}
        />
        {service && <UsedBy routes={users} onOpen={on.onOpenRoute} />}
        <Issues issues={otherIssues(issues, placed.path)} />
      </div>
      <footer className="flex justify-end gap-2 border-t border-line-subtle px-4 py-3">
        {service && !same(draft, service) && <Button onClick={discard}>Discard changes</Button>}
        <Button
          type="submit"
          variant="primary"
          busy={busy}
          disabledReason={
            conflict
              ? "Say above which of the two is to stay."
              : service && same(draft, service)
                ? "Nothing has changed."
                : undefined
          }
        >
          {button}
        </Button>
      </footer>
    </form>
  );
}
