import { Link } from "@tanstack/react-router";
import { Prose, StatusBadge } from "@/ui/index.ts";
import { answersText } from "./tripOf.ts";
import type { Tripped } from "./useTrip.ts";

/** What came of it: "60 × 200, then 429", when to come again, and the way to the rows. */
export function TripResult({ done }: { done: Tripped }) {
  const { answers, refused_by, retry_after_s, sentence, request_id, sent } = done;
  return (
    <div role="status" className="flex flex-col gap-3 pb-2">
      <p
        aria-label={answersText(answers)}
        className="flex flex-wrap items-center gap-2 text-heading"
      >
        {answers.map(({ status, count }, at) => (
          <span key={status} className="flex items-center gap-2">
            {at > 0 && <span className="text-body text-ink-3">then</span>}
            {count > 1 && <span className="tabular-nums">{count} ×</span>}
            <StatusBadge status={status} fromGateway={status === 429 && refused_by.length > 0} />
          </span>
        ))}
      </p>
      {retry_after_s != null && (
        <p>
          <code className="rounded-control bg-sunken px-1.5 py-0.5 font-mono text-code">
            {`Retry-After: ${retry_after_s}`}
          </code>
        </p>
      )}
      <p className="text-ink-2">
        <Prose text={sentence} />
      </p>
      <p>
        <Link to="/traffic" search={{ q: `id:${request_id}` }}>
          {sent === 1 ? "Show the request in Traffic" : `Show the ${sent} requests in Traffic`}
        </Link>
      </p>
    </div>
  );
}
