import { useQuery } from "@tanstack/react-query";
import { isFromGateway } from "@/live/exchange.ts";
import { Link } from "@tanstack/react-router";
import { answer, api, queryKeys } from "@/api/index.ts";
import { format, Spinner, StatusBadge } from "@/ui/index.ts";
import { keyFilter } from "../keyNames.ts";

const SHOWN = 20;
const AGAIN_AFTER_MS = 3000;

/** The last requests of a key, each leading to its detail in Traffic. */
export function KeyRequests({ name }: { name: string }) {
  const q = keyFilter(name);
  const { data, error } = useQuery({
    queryKey: [...queryKeys.exchanges, "of-key", q],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/exchanges", { params: { query: { q, limit: SHOWN } }, signal })),
    refetchInterval: AGAIN_AFTER_MS,
  });
  if (error) return <p className="text-err">{error.message}</p>;
  if (!data) return <Spinner />;
  if (data.rows.length === 0) return <p className="text-ink-2">None in the log.</p>;
  return (
    <ul className="flex flex-col">
      {data.rows.map((row) => (
        <li
          key={row.id}
          className="grid min-h-7 grid-cols-[64px_auto_minmax(0,1fr)_auto] items-center gap-x-3"
        >
          <StatusBadge status={row.status ?? null} fromGateway={isFromGateway(row)} />
          <span className="font-mono text-code text-ink-2">{row.method}</span>
          <Link
            to="/traffic"
            search={{ q, sel: row.id }}
            className="truncate font-mono text-code"
            title={row.path}
          >
            {row.path}
          </Link>
          <span className="text-small text-ink-3">{format.time(row.started_at_us / 1000)}</span>
        </li>
      ))}
    </ul>
  );
}
