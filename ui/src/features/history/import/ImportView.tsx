import { useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { Problem } from "@/api/index.ts";
import { droppedFile, readOrSay } from "@/app/droppedFile.ts";
import {
  Banner,
  Button,
  cx,
  Field,
  FileButton,
  format,
  useDebounced,
  useFileDrop,
} from "@/ui/index.ts";
import { Preview } from "./Preview.tsx";
import {
  type Report,
  type Source,
  useImport,
  useImportPreview,
  useStart,
  type Wishes,
} from "./queries.ts";

interface ImportViewProps {
  /** The revision the file is to change. */
  inForce: number;
  onDone: () => void;
}

/** How long after the last keystroke a file and what is said about it are looked at. */
const CHECK_AFTER_MS = 150;

/** Longest text that is shown for editing, in characters. */
const MOST_SHOWN = 256 * 1024;

const NO_WISHES: Wishes = {
  mode: null,
  upstreams: [],
  skip: [],
  allow_reads: false,
  allow_runs: false,
  folder: "",
};

/** Takes a file over: what becomes of it, and what is wrong with it, come first. */
export function ImportView({ inForce, onDone }: ImportViewProps) {
  // Dropped on the first screen: nothing is set up, so the gateway is started with it.
  const [firstRun] = useState(() => droppedFile.get() !== null);
  const [source, setSource] = useState<Source>(() => ({
    number: 0,
    ...emptyOr(droppedFile.get()),
  }));
  const [wishes, setWishes] = useState(NO_WISHES);
  useEffect(() => droppedFile.set(null), []);
  const order = useMemo(() => ({ source, wishes }), [source, wishes]);
  const settled = useDebounced(order, CHECK_AFTER_MS);
  const preview = useImportPreview(settled.source, settled.wishes);
  const apply = useImport();
  const start = useStart();
  const navigate = useNavigate();
  const area = useRef<HTMLTextAreaElement>(null);
  const empty = source.text.trim() === "";
  const found = empty ? undefined : preview.data;
  const current = settled === order && !preview.isPlaceholderData && found !== undefined;

  const take = (text: string, name: string | null) => {
    setSource(({ number }) => ({ number: number + 1, text, name }));
    // What was said was said about another file.
    if (name !== null || text === "") setWishes(NO_WISHES);
  };
  const submit = () => {
    if (!found?.valid) {
      area.current?.focus();
      return;
    }
    const done = () => {
      if (!firstRun) return onDone();
      start.mutate(undefined, { onSettled: () => void navigate({ to: "/traffic" }) });
    };
    apply.mutate({ ...order, inForce }, { onSuccess: done });
  };
  const read = async (chosen: File) => {
    const text = await readOrSay(chosen);
    if (text !== null) take(text, chosen.name);
  };
  const drop = useFileDrop((chosen) => void read(chosen));
  const problem = apply.error instanceof Problem ? apply.error : null;
  return (
    <div
      {...drop.target}
      className={cx("relative flex h-full flex-col gap-4 overflow-y-auto p-4", drop.outline)}
    >
      {source.text.length > MOST_SHOWN ? (
        <LargeFile source={source} onRemove={() => take("", null)} />
      ) : (
        <Field
          label="Configuration to import"
          help="A gatewright.yaml, a Kong file (decK) or an OpenAPI document, as YAML or JSON, or a Procfile. API keys and the log stay as they are."
          error={current && !found.valid ? "This file cannot be taken over; see below." : undefined}
        >
          {(control) => (
            <textarea
              {...control}
              ref={area}
              spellCheck={false}
              rows={empty ? 12 : 7}
              placeholder="Paste a configuration, or drop a file anywhere here"
              value={source.text}
              onChange={(event) => take(event.target.value, null)}
              className="field h-auto w-full resize-y py-2 font-mono text-code"
            />
          )}
        </Field>
      )}
      <div className="flex flex-wrap items-center gap-2">
        <FileButton
          label="Configuration file"
          accept=".yaml,.yml,.json,application/yaml"
          onFile={(chosen) => void read(chosen)}
        >
          Choose a file
        </FileButton>
        <Button
          variant="primary"
          busy={apply.isPending || start.isPending}
          disabledReason={reasonNotTo(empty, current, found)}
          onClick={submit}
        >
          {whatToDo(found)}
        </Button>
      </div>
      {preview.error && <Banner tone="err">{preview.error.message}</Banner>}
      {problem?.code === "config_conflict" ? (
        <Banner tone="warn">
          The configuration was changed elsewhere meanwhile. Below is what the file changes now:
          look it over and press Import again.
        </Banner>
      ) : (
        problem && <Banner tone="err">{problem.message}</Banner>
      )}
      {found && <Preview found={found} wishes={wishes} onWishes={setWishes} />}
    </div>
  );
}

function emptyOr(file: { name: string; text: string } | null) {
  return file ?? { name: null, text: "" };
}

function reasonNotTo(empty: boolean, current: boolean, found: Report | undefined) {
  if (empty) return "Paste a configuration or choose a file first.";
  if (!current) return "It is being checked.";
  if (found?.valid && found.changes.length === 0) return "It changes nothing.";
  return undefined;
}

function whatToDo(found: Report | undefined): string {
  const wanted = found?.routes.filter(({ change }) => change !== "skipped").length ?? 0;
  if (!found?.valid || found.format === "gatewright" || wanted === 0) return "Import";
  return `Import ${format.plural(wanted, "route")}`;
}

/** A file too long to be edited here. */
function LargeFile({ source, onRemove }: { source: Source; onRemove: () => void }) {
  return (
    <div className="flex items-center gap-3 rounded-control border border-line-subtle bg-surface px-3 py-2">
      <span className="min-w-0 flex-1">
        <span className="block truncate text-body font-medium">{source.name ?? "Pasted text"}</span>
        <span className="block text-small text-ink-3">{format.bytes(source.text.length)}</span>
      </span>
      <Button size="sm" icon={<X size={12} aria-hidden="true" />} onClick={onRemove}>
        Remove
      </Button>
    </div>
  );
}
