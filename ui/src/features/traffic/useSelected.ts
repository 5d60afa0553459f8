import { useState } from "react";
import type { Exchange } from "@/live/exchange.ts";
import type { LiveLog } from "@/live/liveLog.ts";
import { RowSelection } from "@/live/selection.ts";

/** The requests that commands act on. */
export interface Selected {
  selection: RowSelection;
  /** Those that are selected, in order; else the one that is current. */
  targets: () => readonly Exchange[];
  /** The ids of what may be exported alone: those that are selected, else the open one. */
  alone: () => readonly string[];
  /** Requests are about to leave the log: nothing shows them any more. */
  leave: (ids: readonly string[]) => void;
}

/** Which requests of a log are selected, beside the current one and the open one. */
export function useSelected(
  log: LiveLog,
  open: string | null,
  current: () => Exchange | undefined,
  close: () => void,
): Selected {
  const [selection] = useState(() => new RowSelection(log));
  return {
    selection,
    targets: () => {
      const selected = selection.rows();
      const row = selected.length > 0 ? undefined : current();
      return row ? [row] : selected;
    },
    alone: () => {
      if (selection.ids.get().size > 0) return selection.rows().map(({ id }) => id);
      return open === null ? [] : [open];
    },
    leave: (ids) => {
      selection.clear();
      if (open !== null && ids.includes(open)) close();
    },
  };
}
