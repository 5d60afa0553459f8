import { X } from "lucide-react";
import { useState } from "react";
import { type Config, Problem, type Route } from "@/api/index.ts";
import { Banner, Button, Prose, SegmentedControl, StatusBadge } from "@/ui/index.ts";
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
      className="relative flex flex-col gap-2 border-t border-line-subtle pt-3"
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
  const { rows } = table;
  const shown = all ? rows : rows.slice(0, FEW);
  return (
    <>
      <table
        aria-label="Failures"
        className="w-full table-fixed border-collapse rounded-control border border-line-subtle text-left"
      >
        <thead>
          <tr className="bg-sunken text-small text-ink-3">
            <th scope="col" className="w-[34%] px-2 py-1 font-medium">
              Fails
            </th>
            <th scope="col" className="w-22 px-2 py-1 font-medium">
              Status
            </th>
            <th scope="col" className="px-2 py-1 font-medium">
              The caller gets
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={row.failed.join()} className="border-t border-line-subtle align-top">
              <td className="px-2 py-1">
                <Failing row={row} />
              </td>
              <td className="px-2 py-1">
                <StatusBadge status={row.status} fromGateway={row.code != null} />
              </td>
              <td className="px-2 py-1">
                <p className="text-ink-2">
                  <Prose text={outcome(row)} />
                </p>
                <code
                  title={row.body}
                  className="block truncate font-mono text-code-small text-ink-3"
                >
                  {row.body}
                </code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
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

/** The parts that fail, and those that nobody asks because of that. */
function Failing({ row }: { row: Row }) {
  const [first] = row.failed;
  if (first === undefined) return <span className="text-ink-3">nothing</span>;
  const idle = row.not_asked.filter((name) => !row.failed.includes(name));
  return (
    <>
      <span className="flex flex-wrap gap-x-2">
        {row.failed.map((name) => (
          <span key={name} className="inline-flex items-center gap-1">
            <X size={12} strokeWidth={3} aria-hidden="true" className="shrink-0 text-err" />
            <span className="font-mono text-code">{name}</span>
          </span>
        ))}
      </span>
      {idle.length > 0 && (
        <span className="block text-small text-ink-3">{`not asked: ${idle.join(", ")}`}</span>
      )}
    </>
  );
}

/** What a caller gets, in a few words. */
function outcome(row: Row): string {
  if (row.code != null) return `A problem: \`${row.decided ?? "the gateway"}\` is required.`;
  if (row.decided != null) return `The answer of \`${row.decided}\`, as it is.`;
  if (row.completed === true) return "Everything.";
  return `Everything but ${row.incomplete.map((name) => `\`${name}\``).join(", ")}.`;
}
