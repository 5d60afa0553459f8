import { ArrowLeft, Trash2 } from "lucide-react";
import { type FormEvent, type ReactNode, useMemo, useRef, useState } from "react";
import { type ConfigInForce, Problem } from "@/api/index.ts";
import { ConflictBanner } from "@/forms/ConflictBanner.tsx";
import { type FieldIssues, issuesUnder, otherIssues } from "@/forms/fieldIssues.ts";
import { Issues } from "@/forms/Issues.tsx";
import { type Refusal, RefusalBanner } from "@/forms/RefusalBanner.tsx";
import { same } from "@/forms/same.ts";
import { useChecked } from "@/forms/useChecked.ts";
import { useFocusFirstError } from "@/forms/useFocusFirstError.ts";
import { useMerged } from "@/forms/useMerged.ts";
import { Button, IconButton, TextField } from "@/ui/index.ts";
import { type Listed, type ListName, placeListed, useSave } from "./useListed.ts";

export interface FormPart<Name extends ListName> {
  draft: Listed<Name>;
  set: (change: Partial<Listed<Name>>) => void;
  /** By the path from the item: `rate_limits[0].by`. */
  issues: FieldIssues;
}

interface ListedFormProps<Name extends ListName> {
  inForce: ConfigInForce;
  list: Name;
  /** What an item is called: "consumer". */
  what: string;
  /** What it is now; `null` makes a new one. */
  item: Listed<Name> | null;
  /** What a new one starts from. */
  blank: Listed<Name>;
  onSaved: (name: string) => void;
  onClose: () => void;
  onRemove: (name: string) => void;
  children: (part: FormPart<Name>) => ReactNode;
}

/**
 * Edits an item of a list of the configuration, or makes one. Its name is given once: keys, counts
 * and the log go by it.
 */
export function ListedForm<Name extends ListName>(props: ListedFormProps<Name>) {
  const { inForce, list, what, item, blank, children } = props;
  const { config, revision } = inForce;
  const { draft, setDraft, sending, conflict, settle } = useMerged(item ?? blank);
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [round, setRound] = useState(0);
  const form = useRef<HTMLFormElement>(null);
  useFocusFirstError(form, attempt);
  const save = useSave();

  const name = item?.name ?? null;
  const placed = useMemo(() => placeListed(config, list, draft, name), [config, list, draft, name]);
  const checked = useChecked(placed.config);
  const problem = refused?.of === draft ? refused.problem : null;
  const found = problem && problem.issues.length > 0 ? problem.issues : checked.issues;
  // A form that nobody has touched yet has nothing wrong with it.
  const issues = item === null && draft === blank ? [] : found;
  const at = issuesUnder(issues, placed.path);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const unreadable = form.current?.querySelector<HTMLElement>("[data-unreadable]");
    unreadable?.focus();
    if (save.isPending || unreadable) return;
    sending(draft);
    save.mutate(
      { config: placed.config, revision },
      {
        onSuccess: () => {
          setRefused(null);
          props.onSaved(draft.name);
        },
        onError: (error) => {
          if (!(error instanceof Problem)) throw error;
          setRefused({ of: draft, problem: error });
          setAttempt(attempt + 1);
        },
      },
    );
  };
  const discard = () => {
    setDraft(item ?? blank);
    // The fields start anew, also one that holds no number.
    setRound(round + 1);
  };
  const button = item ? "Save" : `Create ${what}`;
  const unchanged = item !== null && same(draft, item);
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      aria-label={item ? `${capital(what)} ${item.name}` : `New ${what}`}
      className="flex h-full flex-col"
    >
      <header className="flex items-center gap-2 px-4 pt-3 pb-2">
        <IconButton
          label="Close"
          icon={<ArrowLeft size={16} aria-hidden="true" />}
          onClick={props.onClose}
        />
        <h2 className="min-w-0 flex-1 truncate text-title">{item?.name ?? `New ${what}`}</h2>
        {item && (
          <IconButton
            label={`Delete ${what} ${item.name}`}
            icon={<Trash2 size={16} aria-hidden="true" />}
            onClick={() => props.onRemove(item.name)}
          />
        )}
      </header>
      {conflict && <ConflictBanner what={what} onSettle={settle} />}
      <RefusalBanner refusal={refused} now={draft} retry={button} />
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 pt-1 pb-4">
        {item === null && (
          <TextField
            label="Name"
            mono
            value={draft.name}
            onChange={(next) => setDraft({ ...draft, name: next })}
            error={at.at("name")}
            help="It stays: keys, counts and the log go by it."
          />
        )}
        <div key={round} className="flex flex-col gap-4">
          {children({
            draft,
            set: (change) => setDraft({ ...draft, ...change }),
            issues: at,
          })}
        </div>
        <Issues
          issues={otherIssues(issues, placed.path).filter(({ path }) => path.startsWith(list))}
        />
      </div>
      <footer className="flex justify-end gap-2 border-t border-line-subtle px-4 py-3">
        {item && !unchanged && <Button onClick={discard}>Discard changes</Button>}
        <Button
          type="submit"
          variant="primary"
          busy={save.isPending}
          disabledReason={
            conflict
              ? "Say above which of the two is to stay."
              : unchanged
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

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
