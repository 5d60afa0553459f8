import { DurationField } from "@/ui/index.ts";
import type { CachePartProps } from "./CachePart.ts";

const LABELS = {
  stale_while_revalidate_s: "Give it while it is fetched anew, for",
  stale_if_error_s: "Give it where the service fails, for",
} as const;

/** What may be given though it is stale, where the answer does not say. */
export function StaleFields({ cache, set, issues }: CachePartProps) {
  const field = (name: keyof typeof LABELS) => (
    <DurationField
      label={LABELS[name]}
      placeholder="as it says"
      max={31_536_000_000}
      value={cache[name] === null ? null : cache[name] * 1000}
      onChange={(ms) => set({ [name]: ms === null ? null : Math.round(ms / 1000) })}
      error={issues.at(name)}
    />
  );
  return (
    <>
      <div className="flex flex-wrap items-start gap-4">
        {field("stale_while_revalidate_s")}
        {field("stale_if_error_s")}
      </div>
      <p className="text-small text-ink-3">
        After it has become stale. An answer that must be revalidated is never given so.
      </p>
    </>
  );
}
