import { CircleAlert, Hourglass } from "lucide-react";
import { Button, cx, Prose, sentence } from "@/ui/index.ts";
import { withReplaced } from "@/live/filterText.ts";
import type { FilterReading } from "./findingQueries.ts";

interface FilterMeaningProps {
  /** The filter that was read. */
  filter: string;
  reading: FilterReading;
  /** Whether what is typed is still that filter. */
  current: boolean;
  onChange: (filter: string) => void;
}

/** Under the field: what the filter means in words, and what of it does not apply. */
export function FilterMeaning({ filter, reading, current, onChange }: FilterMeaningProps) {
  const { meaning, notes, slow } = reading;
  return (
    <div id="filter-meaning" className="flex flex-col gap-1 px-3 pb-1.5 text-small text-ink-2">
      {meaning !== "" && (
        <p className="flex items-center gap-1.5">
          <Prose text={sentence(meaning)} />
          {slow && (
            <span className="inline-flex items-center gap-1 text-ink-3">
              <Hourglass size={12} aria-hidden="true" />
              The detail of each request is looked at, newest first.
            </span>
          )}
        </p>
      )}
      {notes.map((note) => (
        <p
          key={`${note.from} ${note.message}`}
          role={note.kind === "unfinished" ? undefined : "status"}
          className={cx(
            "flex w-fit items-center gap-1.5",
            // Who is still typing has done nothing wrong.
            note.kind !== "unfinished" && "rounded-tag bg-warn-bg px-1.5 text-warn",
          )}
        >
          {note.kind !== "unfinished" && (
            <CircleAlert size={14} aria-hidden="true" className="shrink-0" />
          )}
          <span>
            <Prose text={sentence(note.message)} />
            {note.kind !== "unfinished" && " It does not apply; the rest does."}
          </span>
          {note.instead != null && (
            <Button
              size="sm"
              variant="ghost"
              disabledReason={current ? undefined : "The filter is being changed."}
              onClick={() => onChange(withReplaced(filter, note.from, note.to, note.instead ?? ""))}
            >
              Use {note.instead}
            </Button>
          )}
        </p>
      ))}
    </div>
  );
}
