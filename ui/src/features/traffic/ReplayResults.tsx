import { useEffect, useRef } from "react";
import { Button, format, StatusBadge } from "@/ui/index.ts";
import { Compared } from "./Comparison.tsx";
import type { ReplayResult } from "./replayQueries.ts";

interface ReplayResultsProps {
  original: string;
  results: readonly ReplayResult[];
  /** Opens the detail of a request. */
  onOpen: (id: string) => void;
}

/** What became of a request that was sent again: one beside the original, many in a list. */
export function ReplayResults({ original, results, onOpen }: ReplayResultsProps) {
  const frame = useRef<HTMLDivElement>(null);
  // What was asked for may be below what it was asked with.
  useEffect(() => {
    frame.current?.scrollIntoView({ block: "start" });
  }, []);
  const [only] = results;
  return (
    <div ref={frame}>
      {results.length > 1 || !only ? (
        <ManyResults results={results} onOpen={onOpen} />
      ) : (
        <OneResult original={original} result={only} onOpen={onOpen} />
      )}
    </div>
  );
}

interface OneResultProps {
  original: string;
  result: ReplayResult;
  onOpen: (id: string) => void;
}

function OneResult({ original, result, onOpen }: OneResultProps) {
  const { exchange_id: id, failed } = result;
  return (
    <section aria-label="Result" className="flex flex-col gap-3 border-t border-line-subtle pt-3">
      {failed != null && <p className="text-err">{failed}</p>}
      {id == null ? (
        <p className="text-ink-2">Its row did not reach the log in time.</p>
      ) : (
        <>
          <div className="flex items-center gap-3">
            <h3 className="text-strong">Beside the original</h3>
            <Button size="sm" variant="ghost" onClick={() => onOpen(id)}>
              Open its detail
            </Button>
          </div>
          <Compared before={original} after={id} names={["Original", "Sent again"]} />
        </>
      )}
    </section>
  );
}

function ManyResults({ results, onOpen }: Omit<ReplayResultsProps, "original">) {
  const counts = new Map<string, number>();
  for (const { status } of results) {
    const word = status == null ? "no answer" : String(status);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const told = [...counts].map(([word, count]) => `${format.count(count)} × ${word}`);
  return (
    <section aria-label="Results" className="flex flex-col gap-2 border-t border-line-subtle pt-3">
      <p className="text-strong">{`${told.join(", ")}.`}</p>
      <ol aria-label="Requests that were sent" className="flex flex-col">
        {results.map((result, at) => (
          // They are in the order in which they were sent and never move.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={at} className="flex h-7 items-center gap-3 border-b border-line-subtle">
            <span className="w-8 text-right text-ink-3 tabular-nums">{at + 1}.</span>
            <StatusBadge status={result.status ?? 0} />
            <span className="w-20 text-right font-mono text-code text-ink-2 tabular-nums">
              {format.duration(result.took_us / 1000)}
            </span>
            {result.exchange_id != null && (
              <Button
                size="sm"
                variant="ghost"
                onClick={() => result.exchange_id != null && onOpen(result.exchange_id)}
              >
                {`Open request ${at + 1}`}
              </Button>
            )}
            {result.failed != null && <span className="truncate text-err">{result.failed}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
