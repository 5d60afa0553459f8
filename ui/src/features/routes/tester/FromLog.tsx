import type { components } from "@/api/index.ts";
import { isFromGateway } from "@/live/exchange.ts";
import { Banner, format, Skeleton, StatusBadge, toast } from "@/ui/index.ts";
import { readLogged, useLogged } from "./queries.ts";
import type { TestRequest } from "./request.ts";

type Row = components["schemas"]["ExchangeSummary"];

/** Requests of the log to choose from: those no route took, then the latest. */
export function FromLog({ onChoose }: { onChoose: (request: TestRequest) => void }) {
  const { data, error } = useLogged();
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  const choose = (row: Row) =>
    void readLogged(row.id).then(onChoose, (problem: unknown) =>
      toast({
        tone: "err",
        title: "That request cannot be read",
        detail: problem instanceof Error ? problem.message : "",
      }),
    );
  if (data.latest.length === 0) return <p className="text-ink-3">The log is empty.</p>;
  return (
    <div className="flex max-h-64 flex-col gap-2 overflow-y-auto rounded-control border border-line-subtle p-2">
      {data.unmatched.length > 0 && (
        <Rows title="No route took these" rows={data.unmatched} onChoose={choose} />
      )}
      <Rows title="Latest requests" rows={data.latest} onChoose={choose} />
    </div>
  );
}

interface RowsProps {
  title: string;
  rows: readonly Row[];
  onChoose: (row: Row) => void;
}

function Rows({ title, rows, onChoose }: RowsProps) {
  return (
    <section aria-label={title}>
      <h3 className="px-1 pb-0.5 text-small text-ink-3">{title}</h3>
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            <button
              type="button"
              onClick={() => onChoose(row)}
              className="flex min-h-7 w-full items-center gap-2 rounded-tag px-1 text-left hover:bg-hover"
            >
              <StatusBadge status={row.status} fromGateway={isFromGateway(row)} />
              <span className="min-w-0 flex-1 truncate font-mono text-code">
                {row.method} {row.path}
                {row.query == null ? "" : `?${row.query}`}
              </span>
              <span className="shrink-0 text-small text-ink-3">
                {format.time(row.started_at_us / 1000)}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
