import type { Problem } from "@/api/index.ts";
import { Banner } from "@/ui/index.ts";

/** What the gateway refused, and its reason. */
export interface Refusal {
  /** What was sent. */
  of: unknown;
  problem: Problem;
}

interface RefusalBannerProps {
  refusal: Refusal | null;
  /** What would be sent now: a refusal of something else is past. */
  now: unknown;
  /** The button that tries again. */
  retry: string;
}

/** Says why nothing was saved. After a conflict what was typed is kept, on what is in force now. */
export function RefusalBanner({ refusal, now, retry }: RefusalBannerProps) {
  if (refusal === null) return null;
  if (refusal.problem.code === "config_conflict") {
    return (
      <Banner tone="warn">
        The configuration was changed elsewhere and has been loaded again. What you typed is kept:
        look it over and press “{retry}”.
      </Banner>
    );
  }
  return refusal.of === now ? <Banner tone="err">{refusal.problem.message}</Banner> : null;
}
