import { Table2, ChartNoAxesColumn } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { IconButton } from "@/ui/index.ts";

interface FigureProps {
  title: string;
  /** What it shows, in one sentence. */
  summary: string;
  /** The same as rows; without it there is nothing to switch. */
  table?: ReactNode;
  /** Controls beside the title. */
  actions?: ReactNode;
  children: ReactNode;
  /** As wide as the place. */
  wide?: boolean;
}

/** A chart with its title, what it says in a sentence, and the same as a table. */
export function Figure({ title, summary, table, actions, children, wide = false }: FigureProps) {
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <figure
      aria-labelledby={id}
      className={`m-0 flex min-w-0 flex-col gap-1 rounded-card border border-line-subtle bg-surface p-3 ${wide ? "col-span-full" : ""}`}
    >
      <figcaption className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h2 id={id} className="min-w-0 flex-1 text-heading whitespace-nowrap">
          {title}
        </h2>
        {actions}
        {table !== undefined && (
          <IconButton
            size="sm"
            label={asTable ? `Show ${title} as a chart` : `Show ${title} as a table`}
            icon={asTable ? <ChartNoAxesColumn size={15} /> : <Table2 size={15} />}
            onClick={() => setAsTable(!asTable)}
          />
        )}
        <p className="basis-full text-small text-ink-2">{summary}</p>
      </figcaption>
      {asTable ? table : children}
    </figure>
  );
}
