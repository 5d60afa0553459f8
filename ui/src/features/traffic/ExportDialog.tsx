import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, type components, inDesktop } from "@/api/index.ts";
import {
  Banner,
  Button,
  CopyButton,
  Dialog,
  format,
  saveFile,
  SegmentedControl,
  Switch,
} from "@/ui/index.ts";

type Form = components["schemas"]["Form"];
type ExportedFile = components["schemas"]["ExportedFile"];

const FORMS: readonly { value: Form; label: string }[] = [
  { value: "har", label: "HAR" },
  { value: "curl", label: "cURL" },
  { value: "json_lines", label: "JSON lines" },
  { value: "csv", label: "CSV" },
];

const ABOUT: Record<Form, string> = {
  har: "HTTP Archive 1.2, for browsers and other proxies.",
  curl: "A script for a POSIX shell that sends them again.",
  json_lines: "Everything that is known of each, a line each.",
  csv: "The rows alone, for a spreadsheet.",
};

interface ExportDialogProps {
  /** The filter whose requests are taken. */
  filter: string;
  /** Requests that may be taken alone: the open one, or those that are selected. */
  only: readonly string[];
  onClose: () => void;
}

/** Writes requests of the log as a file, and says what is not in it. */
export function ExportDialog({ filter, only, onClose }: ExportDialogProps) {
  return (
    <Dialog
      open
      onClose={onClose}
      width={560}
      title="Export requests"
      description="Secrets are masked before anything is stored, so no file has any."
    >
      <Exporting filter={filter} only={only} />
    </Dialog>
  );
}

interface ExportingProps {
  filter: string;
  only: readonly string[];
}

function Exporting({ filter, only }: ExportingProps) {
  const [form, setForm] = useState<Form>("har");
  const [bodies, setBodies] = useState(true);
  const [alone, setAlone] = useState(only.length > 0);
  const write = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/exchanges/export", {
          body: {
            form,
            bodies,
            ...(alone && only.length > 0 ? { ids: [...only] } : { q: filter }),
          },
        }),
      ),
  });
  const changed = (change: () => void) => {
    change();
    write.reset();
  };
  return (
    <div className="flex flex-col gap-3 pb-3">
      {only.length > 0 && (
        <SegmentedControl
          label="Which requests"
          value={alone ? "one" : "all"}
          onChange={(which) => changed(() => setAlone(which === "one"))}
          options={[
            {
              value: "one",
              label:
                only.length === 1 ? "The open one" : `The ${format.count(only.length)} selected`,
            },
            { value: "all", label: filter.trim() === "" ? "The newest 1,000" : "Those that match" },
          ]}
        />
      )}
      <div className="flex flex-col gap-1">
        <SegmentedControl
          label="Form"
          value={form}
          onChange={(next) => changed(() => setForm(next))}
          options={FORMS}
        />
        <p className="text-ink-2">{ABOUT[form]}</p>
      </div>
      {form !== "csv" && (
        <Switch
          label="With bodies"
          help="As far as they were kept. They may say more about people than headers do."
          checked={bodies}
          onChange={(next) => changed(() => setBodies(next))}
        />
      )}
      {write.error && <Banner tone="err">{write.error.message}</Banner>}
      {write.data ? (
        <Written file={write.data} />
      ) : (
        <div>
          <Button variant="primary" busy={write.isPending} onClick={() => write.mutate()}>
            Make the file
          </Button>
        </div>
      )}
    </div>
  );
}

function Written({ file }: { file: ExportedFile }) {
  const size = new Blob([file.text]).size;
  return (
    <section
      aria-label="The file"
      className="flex flex-col gap-2 rounded-control border border-line-subtle bg-sunken p-3"
    >
      <p role="status" className="text-strong">
        {`${file.name}: ${format.plural(file.requests, "request")}, ${format.bytes(size)}`}
      </p>
      {file.more && (
        <p className="text-warn">
          More match than fit into one file; these are the newest. Narrow the filter for older ones.
        </p>
      )}
      <div>
        <p className="text-ink-2">
          {file.removed.length === 0
            ? "Nothing had to be removed."
            : "Not in it, here or in the log:"}
        </p>
        <ul className="list-disc pl-5 text-ink-2">
          {file.removed.map(({ what, count }) => (
            <li key={what}>{`${what.replaceAll("`", "")} (${format.count(count)})`}</li>
          ))}
        </ul>
      </div>
      <div className="flex items-center gap-2">
        {/* The desktop's webview has no downloads. */}
        {!inDesktop && (
          <Button variant="primary" onClick={() => saveFile(file.name, file.text, file.media_type)}>
            Save
          </Button>
        )}
        <CopyButton text={file.text} label="Copy the file's text" />
      </div>
    </section>
  );
}
