import type { UsageGroup } from "./queries.ts";

/** Requests of each point, whatever became of them. */
export function requestsOf({ points }: UsageGroup): number[] {
  const { outcomes } = points;
  return outcomes.success.map((_, index) =>
    Object.values(outcomes).reduce((sum, values) => sum + (values[index] ?? 0), 0),
  );
}
