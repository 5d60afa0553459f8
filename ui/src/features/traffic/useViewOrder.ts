import { useCallback, useEffect, useRef, useState } from "react";
import type { LiveLog } from "@/live/liveLog.ts";
import { useStore } from "@/ui/index.ts";
import type { View } from "./findingQueries.ts";

/**
 * Puts the rows in the order of a view when it is opened, once its filter is in force. `first` is
 * the name of the one in the address. The returned function says that one was opened, also if it
 * was open before; `null`: all requests.
 */
export function useViewOrder(
  log: LiveLog,
  view: View | undefined,
  first: string,
): (view: View | null) => void {
  const { filter } = useStore(log.state);
  const [opening, setOpening] = useState({ name: first, count: 0 });
  const ordered = useRef<object | null>(null);
  const { name, q, layout } = view ?? {};
  const sort = layout?.sort ?? null;
  useEffect(() => {
    if (name !== opening.name || filter !== q || ordered.current === opening) return;
    ordered.current = opening;
    if (sort) void log.sortBy(sort);
  }, [log, name, q, sort, filter, opening]);
  return useCallback(
    (next) => {
      setOpening(({ count }) => ({ name: next?.name ?? "", count: count + 1 }));
      const { sorted, filter: present } = log.state.get();
      // Another filter follows the newest by itself.
      if (sorted && !next?.layout?.sort && present === (next?.q ?? "")) log.goLive();
    },
    [log],
  );
}
