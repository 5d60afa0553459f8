import { FileUp } from "lucide-react";
import { useRef, useState } from "react";
import { Problem } from "@/api/index.ts";
import { Banner, Button, Field, toast, useDebounced } from "@/ui/index.ts";
import { Changes } from "./Changes.tsx";
import { Issues } from "./Issues.tsx";
import { type Imported, useImport, useImportPreview } from "./queries.ts";
import { readFile } from "./readFile.ts";

interface ImportViewProps {
  /** The revision the file is to replace. */
  inForce: number;
  onDone: () => void;
}

/** How long after the last keystroke a pasted file is checked. */
const CHECK_AFTER_MS = 150;

/** Takes a `gatewright.yaml` over: what is wrong with it and what it changes come first. */
export function ImportView({ inForce, onDone }: ImportViewProps) {
  const [yaml, setYaml] = useState("");
  const settled = useDebounced(yaml, CHECK_AFTER_MS);
  const preview = useImportPreview(settled);
  const apply = useImport();
  const file = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLTextAreaElement>(null);
  const found = yaml.trim() === "" ? undefined : preview.data;
  const current = settled === yaml && !preview.isPlaceholderData && found !== undefined;

  const submit = () => {
    if (!found?.valid) {
      area.current?.focus();
      return;
    }
    apply.mutate({ yaml, inForce }, { onSuccess: onDone });
  };
  const read = async (chosen: File | undefined) => {
    if (!chosen) return;
    try {
      setYaml(await readFile(chosen));
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      toast({ tone: "err", title: `${chosen.name} was not read`, detail });
    }
  };
  const problem = apply.error instanceof Problem ? apply.error : null;
  return (
    <div className="relative flex h-full flex-col gap-3 overflow-y-auto p-4">
      <Field
        label="Configuration to import"
        help="It replaces the whole configuration. API keys and the log stay as they are."
        error={current && !found.valid ? "This file cannot be taken over; see below." : undefined}
      >
        {(control) => (
          <textarea
            {...control}
            ref={area}
            spellCheck={false}
            rows={12}
            placeholder="Paste a gatewright.yaml, or choose a file"
            value={yaml}
            onChange={(event) => setYaml(event.target.value)}
            className="field h-auto w-full resize-y py-2 font-mono text-code"
          />
        )}
      </Field>
      <div className="flex flex-wrap items-center gap-2">
        <input
          ref={file}
          type="file"
          accept=".yaml,.yml,.json,application/yaml"
          aria-label="Configuration file"
          tabIndex={-1}
          className="sr-only"
          onChange={(event) => {
            void read(event.target.files?.[0]);
            // So that the same file, changed meanwhile, can be chosen again.
            event.target.value = "";
          }}
        />
        <Button
          icon={<FileUp size={14} aria-hidden="true" />}
          onClick={() => file.current?.click()}
        >
          Choose a file
        </Button>
        <Button
          variant="primary"
          busy={apply.isPending}
          disabledReason={reasonNotTo(yaml, current, found)}
          onClick={submit}
        >
          Import
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
      {found && <Preview found={found} />}
    </div>
  );
}

function reasonNotTo(yaml: string, current: boolean, found: Imported | undefined) {
  if (yaml.trim() === "") return "Paste a configuration or choose a file first.";
  if (!current) return "It is being checked.";
  if (found?.valid && found.changes.length === 0) return "It changes nothing.";
  return undefined;
}

function Preview({ found }: { found: Imported }) {
  return (
    <div role="status" className="flex flex-col gap-3">
      {found.issues.length > 0 && (
        <section>
          <h3 className="pb-1 text-heading">
            {found.valid ? "Worth a look" : "What is wrong with it"}
          </h3>
          <Issues issues={found.issues} />
        </section>
      )}
      {found.valid && (
        <section>
          <h3 className="pb-1 text-heading">What it changes</h3>
          <Changes changes={found.changes} none="Nothing: it says what is in force already." />
        </section>
      )}
    </div>
  );
}
