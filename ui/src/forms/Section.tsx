import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useId } from "react";
import { format, Prose } from "@/ui/index.ts";

interface SectionProps {
  title: string;
  /** What it says, in one line, while it is closed. */
  summary: string;
  /** How many of its fields are wrong. */
  errors: number;
  /** How many of them deserve a look. */
  warnings?: number;
  open: boolean;
  onToggle: () => void;
  children: ReactNode;
}

/** A part of a form that closes to one line. */
export function Section(props: SectionProps) {
  const { title, summary, errors, warnings = 0, open, onToggle, children } = props;
  const id = useId();
  const Chevron = open ? ChevronDown : ChevronRight;
  return (
    <section className="border-t border-line-subtle">
      <h3>
        <button
          type="button"
          aria-expanded={open}
          aria-controls={id}
          onClick={onToggle}
          className="flex min-h-10 w-full items-center gap-2 px-4 py-2 text-left hover:bg-hover focus-visible:-outline-offset-2"
        >
          <Chevron size={16} aria-hidden="true" className="shrink-0 text-ink-3" />
          <span className="w-28 shrink-0 text-strong">{title}</span>
          {!open && (
            <span className="min-w-0 flex-1 truncate text-body text-ink-2">
              <Prose text={summary} />
            </span>
          )}
          <span className="ml-auto flex shrink-0 gap-2 text-small">
            {warnings > 0 && !open && (
              <span className="text-warn">{format.plural(warnings, "warning")}</span>
            )}
            {errors > 0 && <span className="text-err">{format.plural(errors, "error")}</span>}
          </span>
        </button>
      </h3>
      <div id={id} hidden={!open} className="flex flex-col gap-3 px-4 pt-1 pb-4 pl-10">
        {open && children}
      </div>
    </section>
  );
}
