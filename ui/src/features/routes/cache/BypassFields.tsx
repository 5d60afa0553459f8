import { ConditionsField } from "../matching/ConditionsField.tsx";
import type { CachePartProps } from "./CachePart.ts";

/** When the service is always asked, and nothing is kept. */
export function BypassFields({ cache, set, issues }: CachePartProps) {
  const { bypass } = cache;
  return (
    <>
      <p className="text-body text-ink-2">
        One condition that holds is enough. The answers to such requests are not kept either.
      </p>
      <ConditionsField
        of="header"
        value={bypass.headers}
        onChange={(headers) => set({ bypass: { ...bypass, headers } })}
        issues={issues}
        path="bypass.headers"
      />
      <ConditionsField
        of="query"
        value={bypass.query}
        onChange={(query) => set({ bypass: { ...bypass, query } })}
        issues={issues}
        path="bypass.query"
      />
    </>
  );
}
