/** What the History place keeps in its address. */
export interface HistorySearch {
  /** The number of the open revision. */
  sel?: string;
  /** What is shown instead of the revisions. */
  show?: "yaml" | "import";
}

export function validateHistorySearch({ sel, show }: Record<string, unknown>): HistorySearch {
  return {
    ...(typeof sel === "string" && /^\d+$/.test(sel) && { sel }),
    ...((show === "yaml" || show === "import") && { show }),
  };
}
