import { ArrowLeft } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import type { Config } from "@/api/index.ts";
import { Button, cx, EmptyState, format } from "@/ui/index.ts";
import { DefinitionsDialog } from "./DefinitionsDialog.tsx";
import { type CellUse, type CellUses, useCellUses } from "./queries.ts";
import {
  type Became,
  type MatrixCell,
  type MatrixRow,
  type VersionMatrix as Matrix,
  versionMatrices,
} from "./matrix.ts";

interface VersionMatrixProps {
  config: Config;
  onClose: () => void;
  onOpenRoute: (name: string) => void;
}

/** Which version has which endpoint, what became of it there, and how it is used. */
export function VersionMatrix({ config, onClose, onOpenRoute }: VersionMatrixProps) {
  const matrices = useMemo(() => versionMatrices(config), [config]);
  const uses = useCellUses(matrices);
  const [compared, setCompared] = useState<{ row: MatrixRow; cell: NonNullable<MatrixCell> }>();
  return (
    <section aria-label="Versions" className="flex h-full flex-col">
      <header className="flex flex-wrap items-center gap-2 px-3 py-2">
        <Button
          size="sm"
          variant="ghost"
          icon={<ArrowLeft size={14} aria-hidden="true" />}
          onClick={onClose}
        >
          All routes
        </Button>
        <h1 className="text-title">Versions</h1>
        {matrices.length > 0 && (
          <p className="text-small text-ink-3">
            Requests of the last 24 hours. Arrow keys move, Enter compares a version with the one
            before.
          </p>
        )}
      </header>
      <div className="min-h-0 flex-1 overflow-auto border-t border-line-subtle">
        {matrices.length === 0 ? (
          <EmptyState
            title="No endpoint has versions yet"
            actions={<Button onClick={onClose}>Show all routes</Button>}
          >
            Open a route and add some under “Versions & split”: callers then say which one they
            want, or a share of them gets the new one. Routes such as{" "}
            <code className="font-mono text-code">/v1/orders</code> and{" "}
            <code className="font-mono text-code">/v2/orders</code> are set beside each other too.
          </EmptyState>
        ) : (
          matrices.map((matrix) => (
            <section
              key={matrix.service}
              aria-label={`Versions of ${matrix.service ?? "no service"}`}
            >
              <h2 className="border-b border-line-subtle bg-canvas px-3 py-1.5 text-strong">
                {matrix.service ?? "No service"}
              </h2>
              <Grid
                matrix={matrix}
                uses={uses}
                onCompare={(row, cell) => setCompared({ row, cell })}
              />
            </section>
          ))
        )}
      </div>
      {compared && (
        <DefinitionsDialog
          endpoint={compared.row.endpoint}
          cell={compared.cell}
          onClose={() => setCompared(undefined)}
          onOpenRoute={onOpenRoute}
        />
      )}
    </section>
  );
}

interface GridProps {
  matrix: Matrix;
  uses: CellUses;
  onCompare: (row: MatrixRow, cell: NonNullable<MatrixCell>) => void;
}

function Grid({ matrix, uses, onCompare }: GridProps) {
  const { columns, rows } = matrix;
  const [at, setAt] = useState<[row: number, column: number]>([0, 0]);
  const table = useRef<HTMLTableElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const [row, column] = at;
    const next = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, columns.length - 1],
    }[event.key];
    if (!next) return;
    event.preventDefault();
    const to = within(next[0] ?? 0, rows.length);
    const across = within(next[1] ?? 0, columns.length);
    setAt([to, across]);
    table.current?.querySelector<HTMLElement>(`[data-at="${to}.${across}"]`)?.focus();
  };
  return (
    // The cells have the focus; the keys move it from one to the next.
    <table
      ref={table}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-to-interactive-role
      role="grid"
      aria-label={`Endpoints of ${matrix.service ?? "no service"} by version`}
      onKeyDown={onKeyDown}
      className="w-full table-fixed border-collapse text-body"
    >
      <thead>
        <tr className="text-small text-ink-3">
          <th
            scope="col"
            className="sticky left-0 z-10 w-64 bg-surface px-3 py-1.5 text-left font-normal"
          >
            Endpoint
          </th>
          {columns.map((column) => (
            <th key={column} scope="col" className="w-40 px-3 py-1.5 text-left font-normal">
              <code className="font-mono text-code">{column}</code>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, down) => (
          <tr key={row.id} className="border-t border-line-subtle">
            <th
              scope="row"
              className="sticky left-0 z-10 bg-surface px-3 py-1 text-left font-normal"
            >
              <code className="font-mono text-code break-all">{row.endpoint}</code>
            </th>
            {row.cells.map((cell, across) => (
              <td key={columns[across]} className="p-1 align-top">
                <Cell
                  name={`${row.endpoint} in ${columns[across]}`}
                  cell={cell}
                  use={cell?.definition ? uses(cell.definition) : undefined}
                  place={`${down}.${across}`}
                  reached={at[0] === down && at[1] === across}
                  onReach={() => setAt([down, across])}
                  onOpen={() => cell && onCompare(row, cell)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const within = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);

/** Shape and word; never the colour alone. */
const LOOKS: Record<Became, { mark: string; word: string; className: string }> = {
  first: { mark: "○", word: "first", className: "text-ink-2" },
  same: { mark: "=", word: "same", className: "text-ink-2" },
  changed: { mark: "≠", word: "changed", className: "text-accent-ink" },
  new: { mark: "+", word: "new", className: "text-ok" },
  removed: { mark: "−", word: "removed", className: "text-ink-3" },
};

interface CellProps {
  /** "GET /orders in v2" */
  name: string;
  cell: MatrixCell;
  use: CellUse | undefined;
  place: string;
  /** The keys are here: Tab leads to this cell. */
  reached: boolean;
  onReach: () => void;
  onOpen: () => void;
}

function Cell({ name, cell, use, place, reached, onReach, onOpen }: CellProps) {
  const look = cell && LOOKS[cell.became];
  const failing = use !== undefined && use.failed > 0;
  const life = lifeText(cell);
  return (
    <button
      type="button"
      data-at={place}
      tabIndex={reached ? 0 : -1}
      aria-disabled={cell === null || undefined}
      onFocus={onReach}
      onClick={onOpen}
      className={cx(
        "flex min-h-11 w-full flex-col items-start rounded-control px-2 py-1 text-left",
        cell === null ? "cursor-default text-ink-3" : "hover:bg-hover",
        failing && (use.failed > 0.05 ? "bg-err-bg" : "bg-warn-bg"),
      )}
    >
      <span className="sr-only">{`${name}: `}</span>
      {look ? (
        <>
          <span className="flex flex-wrap gap-x-2">
            <span className={cx("font-medium", look.className)}>
              <span aria-hidden="true" className="inline-block w-4 font-mono">
                {look.mark}
              </span>
              {look.word}
            </span>
            {life !== "" && (
              <span className="text-small text-warn">
                <span aria-hidden="true">▲ </span>
                <span className="sr-only">, </span>
                {life}
              </span>
            )}
          </span>
          {use && cell?.definition && (
            <span className="pl-4 text-small text-ink-2 tabular-nums">
              <span className="sr-only">, </span>
              {use.requests === 0 ? "no requests" : format.plural(use.requests, "request")}
              {failing && (
                <span className={use.failed > 0.05 ? "text-err" : "text-warn"}>
                  <span aria-hidden="true"> · ■</span>
                  {` ${format.percent(use.failed)} with 5xx`}
                </span>
              )}
            </span>
          )}
        </>
      ) : (
        <>
          <span aria-hidden="true">–</span>
          <span className="sr-only">not there yet</span>
        </>
      )}
    </button>
  );
}

/** "deprecated until 1 Mar 2027", or nothing. */
function lifeText(cell: MatrixCell): string {
  const { life = "current", until = null } = cell?.definition ?? {};
  if (life === "current") return "";
  const day = until === null ? "" : format.fullDay(Date.parse(until));
  if (life === "stopped") return `stopped${day && ` on ${day}`}`;
  return `deprecated${day && ` until ${day}`}`;
}
