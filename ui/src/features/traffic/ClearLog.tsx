import { ConfirmDialog, format, toast } from "@/ui/index.ts";
import { useClearLog } from "./queries.ts";

interface ClearLogProps {
  open: boolean;
  /** How many requests the log holds; `null` if that is not known. */
  rows: number | null;
  onClose: () => void;
  onCleared: () => void;
}

/** Asks before the log is emptied: that cannot be undone. */
export function ClearLog({ open, rows, onClose, onCleared }: ClearLogProps) {
  const clear = useClearLog();
  const run = () =>
    clear.mutate(undefined, {
      onSuccess: ({ removed }) => {
        toast({ title: `${format.plural(removed, "request")} removed from the log` });
        onCleared();
      },
      onError: (error) =>
        toast({ tone: "err", title: "The log was not cleared", detail: error.message }),
      onSettled: onClose,
    });
  return (
    <ConfirmDialog
      open={open}
      danger
      title={`Remove ${rows === null ? "all requests" : format.plural(rows, "request")} from the log?`}
      confirm="Clear log"
      busy={clear.isPending}
      onConfirm={run}
      onCancel={onClose}
    >
      Headers and bodies kept of them go too; requests that are pinned stay. This cannot be undone.
      What the gateway does, and the counts of keys and limits, stay as they are.
    </ConfirmDialog>
  );
}
