import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { events, queryKeys } from "@/api/index.ts";
import { LiveHistogram, type Strip } from "@/live/liveHistogram.ts";
import { readHistogram } from "./findingQueries.ts";

/** How far back the strip goes; the whole log is `null`. In microseconds. */
export const RANGES = [
  { id: "15m", label: "15 minutes", us: 15 * 60e6 },
  { id: "1h", label: "1 hour", us: 3600e6 },
  { id: "6h", label: "6 hours", us: 6 * 3600e6 },
  { id: "1d", label: "1 day", us: 24 * 3600e6 },
  { id: "7d", label: "7 days", us: 7 * 24 * 3600e6 },
  { id: "all", label: "The whole log", us: null },
] as const;

export type RangeId = (typeof RANGES)[number]["id"];
export type Range = (typeof RANGES)[number];

/** Between two times that the log is counted anew; meanwhile what is told is added. */
const COUNT_AGAIN_MS = 15_000;
const TICK_MS = 1000;

/** Requests over time; `stale` while those of another filter are shown. */
interface Counted {
  strip: Strip | null;
  stale: boolean;
}

/**
 * How many requests match over time, up to now. Moves on once a second, not while it is hidden; a
 * held strip stands still.
 */
export function useHistogram(filter: string, range: Range, held: boolean): Counted {
  const [{ live, of }, setLive] = useState(() => newHistogram(filter, range));
  // Another filter begins anew.
  if (of !== keyOf(filter, range)) setLive(newHistogram(filter, range));
  const [shown, setShown] = useState<{ strip: Strip | null; of: string }>({ strip: null, of });
  const { data } = useQuery({
    queryKey: [...queryKeys.exchanges, "histogram", filter, range.id],
    queryFn: ({ signal }) =>
      readHistogram(filter, range.us === null ? null : Date.now() * 1000 - range.us, signal),
    refetchInterval: COUNT_AGAIN_MS,
    gcTime: 0,
    retry: false,
  });
  useEffect(
    () =>
      events.listen((event) => {
        if (event.type === "traffic") live.take(event);
      }),
    [live],
  );
  useEffect(() => {
    if (data) live.set(data);
  }, [live, data]);
  useEffect(() => {
    if (held) return;
    const show = () => {
      if (document.hidden) return;
      const now = Date.now() * 1000;
      const from = range.us === null ? (data?.from_us ?? now) : now - range.us;
      const strip = live.strip(from, now);
      // What was shown stays until the log was counted.
      if (strip) setShown({ strip, of });
    };
    show();
    const timer = setInterval(show, TICK_MS);
    return () => clearInterval(timer);
  }, [live, of, range, data, held]);
  return { strip: shown.strip, stale: shown.of !== of };
}

const keyOf = (filter: string, range: Range) => `${range.id} ${filter}`;
const newHistogram = (filter: string, range: Range) => ({
  live: new LiveHistogram(),
  of: keyOf(filter, range),
});
