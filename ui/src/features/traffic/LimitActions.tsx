import { Link } from "@tanstack/react-router";
import { ListFilter, SlidersHorizontal } from "lucide-react";
import { AllowNext } from "./AllowNext.tsx";
import type { Detail } from "./queries.ts";
import { refusedBy } from "./refusedBy.ts";

const LOOK =
  "inline-flex h-6 items-center gap-1.5 rounded-control border border-line bg-surface px-2 text-small font-medium whitespace-nowrap text-ink no-underline hover:border-line-control hover:bg-hover";

/**
 * Beside a request that a limit refused: the limit's own field, a way past it for the next one, and the
 * requests that used it up.
 */
export function LimitActions({ detail }: { detail: Detail }) {
  const limit = refusedBy(detail);
  if (limit === null) return null;
  return (
    <>
      <Link {...limit.link} className={LOOK}>
        <SlidersHorizontal size={12} aria-hidden="true" />
        Raise {limit.name}
      </Link>
      <AllowNext detail={detail} />
      {limit.others !== null && (
        <Link to="/traffic" search={{ q: limit.others }} className={LOOK}>
          <ListFilter size={12} aria-hidden="true" />
          Show what used it up
        </Link>
      )}
    </>
  );
}
