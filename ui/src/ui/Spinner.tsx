import { type ReactNode, useEffect, useState } from "react";

/** A turning ring, for work under way beside a word that says which. */
export function Spinner() {
  return (
    <span
      aria-hidden="true"
      className="inline-block size-3.5 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent"
    />
  );
}

/** Shows its children only when the wait lasts, so that a quick answer does not flash. */
export function AfterDelay({ ms = 200, children }: { ms?: number; children: ReactNode }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return late ? children : null;
}

/** Grey lines in the place of a list that is still loading; appears after 200 ms. */
export function Skeleton({ lines = 4, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <AfterDelay>
      <div role="status" className="flex flex-col gap-3 p-4">
        <span className="sr-only">{label}</span>
        {Array.from({ length: lines }, (_, line) => (
          <div
            key={line}
            className="h-3 rounded-tag bg-neutral-bg"
            style={{ width: `${88 - ((line * 23) % 45)}%` }}
          />
        ))}
      </div>
    </AfterDelay>
  );
}
