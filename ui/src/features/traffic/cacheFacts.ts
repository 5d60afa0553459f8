import type { components } from "@/api/index.ts";
import { format, sentence } from "@/ui/index.ts";

type Fact = components["schemas"]["CacheFact"];

const RESULTS = {
  hit: "Hit",
  stale: "Stale",
  revalidated: "Revalidated",
  miss: "Miss",
  bypass: "Bypass",
} as const satisfies Record<Fact["result"], string>;

/** What became of a request where answers are kept, in the terms of RFC 9111. */
export function cacheLines(fact: Fact): string[] {
  const gone = fact.invalidated ?? 0;
  const waited = fact.collapsed ? ["It waited for what another request was getting."] : [];
  return [
    `${RESULTS[fact.result]}: ${fact.reason}.`,
    ...waited,
    ...storedLines(fact),
    gone > 0
      ? `${format.plural(gone, "answer")} thrown away: the request may have changed them.`
      : "",
    fact.result === "bypass" ? "" : `Kept for: ${fact.whose}.`,
  ].filter((line) => line !== "");
}

function storedLines({ stored, stored_reason }: Fact): string[] {
  if (stored == null) return [];
  const why = stored_reason == null ? "" : `: ${stored_reason}`;
  return [sentence(stored ? `Its answer is kept${why}` : `Its answer is not kept${why}`)];
}
