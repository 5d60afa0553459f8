import { Trash2 } from "lucide-react";
import { useMemo, useState } from "react";
import { type Command, useCommands } from "@/app/commands.ts";
import { useStatus } from "@/app/status.ts";
import { Banner, Button, ConfirmDialog, format, toast } from "@/ui/index.ts";
import { useClearLog } from "./queries.ts";
import { SettingsSection } from "./SettingsSection.tsx";

/** How large the log is, and emptying it. */
export function LogSettings() {
  const log = useStatus()?.log;
  const [asking, setAsking] = useState(false);
  const clear = useClearLog();
  const rows = log?.rows ?? 0;
  useCommands(
    useMemo<Command[]>(
      () => [
        {
          id: "log.clear",
          title: "Clear log…",
          group: "Settings",
          words: "delete empty requests traffic",
          when: () => rows > 0,
          run: () => setAsking(true),
        },
      ],
      [rows],
    ),
  );
  const confirm = () =>
    clear.mutate(undefined, {
      onSuccess: ({ removed }) => {
        setAsking(false);
        toast({ tone: "ok", title: `${format.plural(removed, "request")} deleted` });
      },
    });
  return (
    <SettingsSection title="Log">
      <div className="flex flex-wrap items-center gap-4">
        <p>
          {log
            ? `${format.plural(log.rows, "request")}, ${format.bytes(log.bytes)} on disk`
            : "The log cannot be read."}
        </p>
        <Button
          variant="danger"
          icon={<Trash2 size={14} aria-hidden="true" />}
          disabledReason={rows === 0 ? "The log is empty." : undefined}
          onClick={() => setAsking(true)}
        >
          Clear log…
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        danger
        title={`Delete ${format.plural(rows, "request")} from the log?`}
        confirm="Clear log"
        busy={clear.isPending}
        onConfirm={confirm}
        onCancel={() => setAsking(false)}
      >
        They cannot be brought back. Routes, keys and history stay.
        {clear.error && <Banner tone="err">{clear.error.message}</Banner>}
      </ConfirmDialog>
    </SettingsSection>
  );
}
