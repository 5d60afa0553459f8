import { RotateCcw, X } from "lucide-react";
import { useMemo, useState } from "react";
import type { Config } from "@/api/index.ts";
import { type Command, useCommands } from "@/app/commands.ts";
import { Banner, Button, format, IconButton, Prose, sentence, Skeleton } from "@/ui/index.ts";
import { ACTORS } from "./actors.ts";
import { Changes } from "./Changes.tsx";
import { useRevision } from "./queries.ts";
import { RestoreDialog } from "./RestoreDialog.tsx";

interface RevisionDetailProps {
  number: number;
  inForce: number;
  onClose: () => void;
}

/** One revision: what it changed, and the way back to it. */
export function RevisionDetail({ number, inForce, onClose }: RevisionDetailProps) {
  const { data, error } = useRevision(number);
  const [asking, setAsking] = useState(false);
  const past = data !== undefined && number !== inForce;
  useCommands(
    useMemo<Command[]>(
      () => [
        {
          id: "history.restore",
          title: `Restore revision ${number}…`,
          group: "History",
          words: "back undo revert",
          when: () => past,
          run: () => setAsking(true),
        },
      ],
      [number, past],
    ),
  );
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
        <div className="text-ink-2">
          <p>
            {format.dateTime(at)} · {ACTORS[data.info.actor]}
          </p>
          {data.info.note !== "" && !data.changes.includes(data.info.note) && (
            <p className="text-small text-ink-3">
              <Prose text={sentence(data.info.note)} />
            </p>
          )}
        </div>
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
