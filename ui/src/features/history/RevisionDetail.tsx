import { RotateCcw, X } from "lucide-react";
import { useState } from "react";
import type { Config } from "@/api/index.ts";
import { Banner, Button, ConfirmDialog, format, IconButton, Skeleton } from "@/ui/index.ts";
import { ACTORS } from "./actors.ts";
import { Changes } from "./Changes.tsx";
import { useImportPreview, useRestore, useRevision } from "./queries.ts";

interface RevisionDetailProps {
  number: number;
  inForce: number;
  onClose: () => void;
}

/** One revision: what it changed, and the way back to it. */
export function RevisionDetail({ number, inForce, onClose }: RevisionDetailProps) {
  const { data, error } = useRevision(number);
  const [asking, setAsking] = useState(false);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  const at = data.info.at_us / 1000;
  return (
    <section aria-label={`Revision ${number}`} className="flex h-full flex-col">
      <header className="flex items-center gap-2 px-4 pt-3">
        <h2 className="flex-1 text-title">Revision {number}</h2>
        <IconButton label="Close" icon={<X size={16} aria-hidden="true" />} onClick={onClose} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-4 py-2">
        <p className="text-ink-2">
          {format.dateTime(at)} · {ACTORS[data.info.actor]}
        </p>
        <Changes changes={data.changes} none="It changed nothing that can be seen." />
        {number === inForce ? (
          <p className="text-small text-ink-3">This revision is in force.</p>
        ) : (
          <Button
            className="self-start"
            icon={<RotateCcw size={14} aria-hidden="true" />}
            onClick={() => setAsking(true)}
          >
            Restore…
          </Button>
        )}
      </div>
      {asking && (
        <RestoreDialog
          number={number}
          inForce={inForce}
          config={data.config as Config}
          onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

interface RestoreDialogProps {
  number: number;
  inForce: number;
  config: Config;
  onClose: () => void;
}

/** Says what going back changes before it does. */
function RestoreDialog({ number, inForce, config, onClose }: RestoreDialogProps) {
  const preview = useImportPreview(JSON.stringify(config));
  const restore = useRestore();
  return (
    <ConfirmDialog
      open
      title={`Restore revision ${number}?`}
      confirm="Restore"
      busy={restore.isPending}
      onConfirm={() => restore.mutate({ number, inForce }, { onSuccess: onClose })}
      onCancel={onClose}
    >
      <div className="flex max-h-[50vh] flex-col gap-2 overflow-y-auto">
        <p>This changes what is in force now:</p>
        {preview.data && (
          <Changes changes={preview.data.changes} none="Nothing: the two revisions say the same." />
        )}
        <p>It becomes a new revision, so it can be undone too.</p>
        {restore.error && <Banner tone="err">{restore.error.message}</Banner>}
      </div>
    </ConfirmDialog>
  );
}
