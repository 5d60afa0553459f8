import { DurationField } from "@/ui/index.ts";
import type { CachePartProps } from "./CachePart.ts";

const ANEW = "Give it while it is fetched anew, for";

/** What may be given though it is stale, where the answer does not say. */
export function StaleFields({ cache, set, together, issues }: CachePartProps) {
  const field = (name: "stale_while_revalidate_s" | "stale_if_error_s", label: string) => (
    <DurationField
      label={label}
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
        {(!together || cache.stale_while_revalidate_s !== null) &&
          field("stale_while_revalidate_s", ANEW)}
        {field(
          "stale_if_error_s",
          `Give it where ${together ? "a required part" : "the service"} fails, for`,
        )}
      </div>
      <p className="text-small text-ink-3">
        After it has become stale. An answer that must be revalidated is never given so.
        {together && " One that is made of several is not fetched anew in the background."}
      </p>
    </>
  );
}
