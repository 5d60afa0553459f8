import { type Config, Problem } from "@/api/index.ts";
import { Banner, ConfirmDialog, Skeleton } from "@/ui/index.ts";
import { Changes } from "./Changes.tsx";
import { Issues } from "./Issues.tsx";
import { useImportPreview, useRestore } from "./queries.ts";

interface RestoreDialogProps {
  number: number;
  inForce: number;
  /** The configuration of revision `number`. */
  config: Config;
  onClose: () => void;
}

/** Says what going back changes before it does. */
export function RestoreDialog({ number, inForce, config, onClose }: RestoreDialogProps) {
  const restore = useRestore();
  const submit = () => {
    if (!restore.isPending) restore.mutate({ number, inForce }, { onSuccess: onClose });
  };
  return (
    <ConfirmDialog
      open
      title={`Restore revision ${number}?`}
      confirm="Restore"
      busy={restore.isPending}
      onConfirm={submit}
      onCancel={onClose}
    >
      <div className="flex max-h-[50vh] flex-col gap-2 overflow-y-auto">
        <Difference config={config} />
        <p>It becomes a new revision, so it can be undone too.</p>
        {restore.error && (
          <Banner tone="err">
            {restore.error.message}
            {restore.error instanceof Problem && <Issues issues={restore.error.issues} />}
          </Banner>
        )}
      </div>
    </ConfirmDialog>
  );
}

/** What `config` would change in what is in force now. */
function Difference({ config }: { config: Config }) {
  // JSON is YAML too, so an earlier configuration can be tried like a file.
  const { data, error } = useImportPreview(JSON.stringify(config));
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  if (!data.valid) {
    return (
      <>
        <p>It cannot be restored as things are now:</p>
        <Issues issues={data.issues} />
      </>
    );
  }
  return (
    <>
      <p>This changes what is in force now:</p>
      <Changes changes={data.changes} none="Nothing: the two revisions say the same." />
    </>
  );
}
