import { useCallback, useMemo, useState } from "react";
import { columnsOf, type LogColumn, USUAL_COLUMNS } from "@/live/columns.ts";

const STORAGE_KEY = "gatewright.traffic.columns";

/** The columns of the log that a person has chosen, in their order; they stay chosen. */
export function useColumnChoice(): [
  chosen: readonly LogColumn[],
  choose: (ids: readonly string[]) => void,
] {
  const [ids, setIds] = useState<readonly string[]>(readChoice);
  const choose = useCallback((next: readonly string[]) => {
    setIds(next);
    localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
  }, []);
  return [useMemo(() => columnsOf(ids), [ids]), choose];
}

function readChoice(): readonly string[] {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null");
    return Array.isArray(saved) ? saved.filter((id) => typeof id === "string") : USUAL_COLUMNS;
  } catch {
    return USUAL_COLUMNS;
  }
}
