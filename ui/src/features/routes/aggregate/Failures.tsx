import { Check, Minus, X } from "lucide-react";
import { useState } from "react";
import { type Config, Problem, type Route } from "@/api/index.ts";
import { Banner, Button, SegmentedControl, StatusBadge } from "@/ui/index.ts";
import { type FailureKind, type FailureTable, useFailures } from "./queries.ts";

interface FailuresProps {
  route: Route;
  /** The whole configuration with the route as it stands in the form. */
  draft: Config;
  wrong: boolean;
}

const KINDS: readonly { value: FailureKind; label: string }[] = [
  { value: "server_error", label: "Answers 500" },
  { value: "not_found", label: "Answers 404" },
  { value: "timeout", label: "Takes too long" },
];

/** How many rows are shown before a person asks for all of them. */
const FEW = 16;

/** What a caller would see for every combination of parts that fail. */
export function Failures({ route, draft, wrong }: FailuresProps) {
  const [how, setHow] = useState<FailureKind>("server_error");
  const { data, error } = useFailures(draft, route.name, how);
  return (
    <section
      aria-label="What if parts fail"
      className="flex flex-col gap-2 border-t border-line-subtle pt-3"
    >
      <h4 className="text-body font-medium">What if parts fail?</h4>
      <SegmentedControl label="How a part fails" value={how} onChange={setHow} options={KINDS} />
      {wrong ? (
        <p className="text-ink-3">Something is wrong above; then there is no answer to imagine.</p>
      ) : error ? (
        <Banner tone="err">{error instanceof Problem ? error.message : String(error)}</Banner>
      ) : (
        data && <Table table={data} />
      )}
    </section>
  );
}

function Table({ table }: { table: FailureTable }) {
  const [all, setAll] = useState(false);
  const { parts, rows } = table;
  const shown = all ? rows : rows.slice(0, FEW);
  return (
    <>
      {/* A region that scrolls must be reachable with the keyboard. */}
      <div
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="region"
        aria-label="Failures"
        className="overflow-x-auto rounded-control border border-line-subtle focus-visible:-outline-offset-2"
      >
        <table className="w-full border-collapse text-left">
          <thead>
            <tr className="bg-sunken text-small text-ink-3">
              {parts.map((part) => (
                <th key={part} scope="col" className="px-2 py-1 font-medium">
                  <span className="font-mono text-code-small">{part}</span>
                </th>
              ))}
              <th scope="col" className="px-2 py-1 font-medium">
                Status
              </th>
              <th scope="col" className="px-2 py-1 font-medium">
                The caller gets
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr
                key={row.failed.join()}
                className="border-t border-line-subtle align-top odd:bg-surface"
              >
                {parts.map((part) => (
                  <td key={part} className="px-2 py-1">
                    <Mark part={part} row={row} />
                  </td>
                ))}
                <td className="px-2 py-1">
                  <StatusBadge status={row.status} fromGateway={row.code != null} />
                </td>
                <td className="min-w-48 px-2 py-1">
                  <p className="text-ink-2">{outcome(row)}</p>
                  <code className="block max-w-96 truncate font-mono text-code-small text-ink-3">
                    {row.body}
                  </code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > shown.length && (
        <Button size="sm" className="self-start" onClick={() => setAll(true)}>
          {`Show all ${rows.length} combinations`}
        </Button>
      )}
      {!table.all && (
        <p className="text-small text-ink-3">
          Of so many parts, at most two at a time are imagined to fail.
        </p>
      )}
    </>
  );
}

type Row = FailureTable["rows"][number];

function Mark({ part, row }: { part: string; row: Row }) {
  const size = { size: 14, "aria-hidden": true } as const;
  if (row.failed.includes(part) && !row.not_asked.includes(part)) {
    return (
      <span className="inline-flex items-center gap-1 text-err">
        <X {...size} strokeWidth={3} />
        <span className="sr-only">fails</span>
      </span>
    );
  }
  if (row.not_asked.includes(part)) {
    return (
      <span className="inline-flex items-center gap-1 text-ink-3" title="not asked">
        <Minus {...size} />
        <span className="sr-only">not asked</span>
      </span>
    );
  }
  return (
    <span className="inline-flex items-center gap-1 text-ok">
      <Check {...size} />
      <span className="sr-only">answers</span>
    </span>
  );
}

/** What a caller gets, in a few words. */
function outcome(row: Row): string {
  if (row.code != null) return `a problem, because of ${row.decided ?? "the gateway"}`;
  if (row.decided != null) return `the answer of ${row.decided}, as it is`;
  if (row.completed === true) return "everything";
  return `everything but ${row.incomplete.join(", ")}`;
}
