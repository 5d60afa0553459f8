import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { format, Prose } from "@/ui/index.ts";

interface FoldProps {
  title: ReactNode;
  /** What it says, in one line, while it is closed. */
  summary: string;
  /** How many of its fields are wrong. */
  errors: number;
  open?: boolean;
  /** Beside the line: a button that removes it. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a section that closes to one line. */
export function Fold({
  title,
  summary,
  errors,
  open: first = false,
  actions,
  children,
}: FoldProps) {
  const id = useId();
  const [open, setOpen] = useState(first);
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <div className="min-w-0">
      <div className="flex items-center gap-1">
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          className="flex min-h-8 min-w-0 flex-1 items-center gap-2 rounded-control px-1 text-left hover:bg-hover"
        >
          <Chevron size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
          <span className="shrink-0 font-medium">{title}</span>
          {!open && (
            <span className="min-w-0 flex-1 truncate text-ink-2">
              <Prose text={summary} />
            </span>
          )}
          {errors > 0 && (
            <span className="ml-auto shrink-0 text-small text-err">
              {format.plural(errors, "error")}
            </span>
          )}
        </button>
        {actions}
      </div>
      <div id={id} hidden={!open} className="flex flex-col gap-3 pt-1 pr-1 pb-3 pl-7">
        {open && children}
      </div>
    </div>
  );
}
