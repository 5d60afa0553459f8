import { useMutation } from "@tanstack/react-query";
import { answer, api, type components } from "@/api/index.ts";
import { Banner, Button, Dialog, Field, format } from "@/ui/index.ts";

type ReadArchive = components["schemas"]["ReadArchive"];

/** Larger files do not pass the gateway's own API. */
const MOST_BYTES = 7 * 1024 * 1024;

interface ImportDialogProps {
  onClose: () => void;
  /** The file's requests are in the log; opens the first. */
  onOpen: (id: string) => void;
}

/** Takes the requests of a HAR file into the log, to look at and to send again. */
export function ImportDialog({ onClose, onOpen }: ImportDialogProps) {
  return (
    <Dialog
      open
      onClose={onClose}
      width={520}
      title="Import a HAR file"
      description="Its requests come into the log, masked and marked, to look at and to send again. Nothing in the file is run, and no count includes them."
    >
      <Importing onOpen={onOpen} />
    </Dialog>
  );
}

function Importing({ onOpen }: { onOpen: (id: string) => void }) {
  const read = useMutation({
    mutationFn: async (file: File) => {
      if (file.size > MOST_BYTES) {
        throw new Error(
          `${file.name} has ${format.bytes(file.size)}; at most ${format.bytes(MOST_BYTES)} are taken. Save fewer requests, or leave out their bodies.`,
        );
      }
      const har = await file.text();
      return answer(api.POST("/api/v1/exchanges/import", { body: { har } }));
    },
  });
  return (
    <div className="flex flex-col gap-3 pb-3">
      <Field label="File" help="HTTP Archive 1.1 or 1.2, at most 7 MB and 2,000 requests.">
        {(control) => (
          <input
            {...control}
            type="file"
            accept=".har,.json,application/json"
            className="text-body file:mr-3 file:h-7 file:rounded-control file:border file:border-line file:bg-surface file:px-3 file:text-body file:text-ink"
            onChange={(event) => {
              const file = event.target.files?.[0];
              if (file) read.mutate(file);
            }}
          />
        )}
      </Field>
      {read.isPending && <p role="status">Reading the file…</p>}
      {read.error && <Banner tone="err">{read.error.message}</Banner>}
      {read.data && <Read archive={read.data} onOpen={onOpen} />}
    </div>
  );
}

function Read({ archive, onOpen }: { archive: ReadArchive; onOpen: (id: string) => void }) {
  const { ids, skipped, creator } = archive;
  const [first] = ids;
  return (
    <section aria-label="What was read" className="flex flex-col gap-2">
      <p role="status" className="text-strong">
        {`${format.plural(ids.length, "request")} taken into the log${creator === "" ? "" : `, written by ${creator}`}.`}
      </p>
      {skipped.length > 0 && (
        <>
          <p className="text-warn">{`${format.plural(skipped.length, "request")} left out:`}</p>
          <ul className="max-h-40 overflow-auto pl-4 text-ink-2">
            {skipped.slice(0, 100).map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        </>
      )}
      {first !== undefined && (
        <div>
          <Button variant="primary" onClick={() => onOpen(first)}>
            Show them
          </Button>
        </div>
      )}
    </section>
  );
}
