import { Link } from "@tanstack/react-router";
import { exactTerm } from "@/live/filterText.ts";
import { format } from "@/ui/index.ts";
import type { RouteUse } from "./queries.ts";

interface LastRequestProps {
  route: string;
  /** `null`: there was none. */
  use: RouteUse | null;
}

/** When a route was last asked, and how often today; it leads to its requests. */
export function LastRequest({ route, use }: LastRequestProps) {
  if (use === null) {
    return <span className="hidden shrink-0 text-small text-ink-3 @xl:block">never asked</span>;
  }
  return (
    <Link
      to="/traffic"
      search={{ q: exactTerm("route", route) }}
      title={`Last request ${format.dateTime(use.lastMs)}`}
      aria-label={`Requests of ${route}: the last ${format.relativeTime(use.lastMs)}, ${format.count(use.requests)} in 24 hours`}
      className="hidden shrink-0 flex-col items-end text-small text-ink-3 no-underline tabular-nums hover:text-accent-ink hover:underline @xl:flex"
    >
      <span>{format.relativeTime(use.lastMs)}</span>
      <span>{format.count(use.requests)} in 24 h</span>
    </Link>
  );
}
