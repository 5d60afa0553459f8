import type { UsageGroup } from "./queries.ts";
import { requestsOf } from "./requests.ts";

export interface WeekCell {
  requests: number;
  /** When the latest such hour with requests began, seconds since 1970. */
  latest: number | null;
}

/** Requests by weekday, Monday first, and hour of the day, both local. */
export function week(group: UsageGroup, since: number, step: number): WeekCell[][] {
  const days = Array.from({ length: 7 }, () =>
    Array.from({ length: 24 }, (): WeekCell => ({ requests: 0, latest: null })),
  );
  requestsOf(group).forEach((requests, index) => {
    if (requests === 0) return;
    const at = since + index * step;
    const date = new Date(at * 1000);
    const cell = days[(date.getDay() + 6) % 7]?.[date.getHours()];
    if (!cell) return;
    cell.requests += requests;
    cell.latest = at;
  });
  return days;
}
