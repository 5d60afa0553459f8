import { useMemo } from "react";
import { Badge, type Column, DataTable, format, useRowHeight } from "@/ui/index.ts";
import type { PlannedRoute } from "./queries.ts";

interface PlannedRoutesProps {
  routes: readonly PlannedRoute[];
  skip: readonly string[];
  onSkip: (skip: string[]) => void;
}

const WORDS: Record<PlannedRoute["change"], string> = {
  added: "new",
  changed: "replaces one",
  same: "there already",
  skipped: "skipped",
};

/** The routes of a file, each to be taken or not. */
export function PlannedRoutes({ routes, skip, onSkip }: PlannedRoutesProps) {
  const columns = useMemo(() => columnsFor(skip, onSkip), [skip, onSkip]);
  const rowPx = useRowHeight();
  const wanted = routes.length - routes.filter(({ name }) => skip.includes(name)).length;
  const names = routes.map(({ name }) => name);
  return (
    <section aria-labelledby="import-routes" className="flex flex-col gap-2">
      <header className="flex flex-wrap items-center gap-2">
        <h3 id="import-routes" className="flex-1 text-heading">
          {wanted === routes.length
            ? format.plural(routes.length, "route")
            : `${wanted} of ${format.plural(routes.length, "route")}`}
        </h3>
        <label className="flex items-center gap-2 text-small select-none">
          <input
            type="checkbox"
            checked={wanted === routes.length}
            ref={(box) => {
              if (box) box.indeterminate = wanted > 0 && wanted < routes.length;
            }}
            onChange={(event) => onSkip(event.target.checked ? [] : names)}
            className="size-4 accent-accent"
          />
          All of them
        </label>
      </header>
      <div
        className="rounded-control border border-line-subtle"
        // Up to eight rows and the header; the rest scrolls.
        style={{ height: `${Math.min(routes.length, 8) * rowPx + 32}px` }}
      >
        <DataTable
          label="Routes of the file"
          columns={columns}
          rows={routes}
          rowKey={({ name }) => name}
          empty={null}
        />
      </div>
    </section>
  );
}

function columnsFor(
  skip: readonly string[],
  onSkip: (skip: string[]) => void,
): readonly Column<PlannedRoute>[] {
  const toggle = (name: string) =>
    onSkip(skip.includes(name) ? skip.filter((one) => one !== name) : [...skip, name]);
  return [
    {
      id: "name",
      header: "Route",
      width: "minmax(140px, 1fr)",
      cell: ({ name }) => (
        <label className="flex items-center gap-2 select-none">
          <input
            type="checkbox"
            checked={!skip.includes(name)}
            onChange={() => toggle(name)}
            className="size-4 shrink-0 accent-accent"
          />
          <span className="truncate">{name}</span>
        </label>
      ),
    },
    {
      id: "takes",
      header: "Takes",
      width: "minmax(160px, 1.4fr)",
      cell: ({ takes }) => (
        <code className="block truncate font-mono text-code" title={takes}>
          {takes}
        </code>
      ),
    },
    {
      id: "answers",
      header: "Answers",
      width: "minmax(100px, 0.8fr)",
      cell: ({ answers }) => <span className="block truncate text-ink-2">{answers}</span>,
    },
    {
      id: "change",
      header: "Here",
      width: "150px",
      cell: ({ change, enabled }) => (
        <span className="flex items-center gap-1.5">
          {!enabled && change !== "skipped" ? (
            <Badge tone="warn" shape="warn">
              switched off
            </Badge>
          ) : (
            <span className="text-ink-2">{WORDS[change]}</span>
          )}
        </span>
      ),
    },
  ];
}
