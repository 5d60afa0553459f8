import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Layout, USUAL_LAYOUT } from "@/live/columns.ts";
import { toast } from "@/ui/index.ts";
import { useSaveView, type View } from "./findingQueries.ts";

const STORAGE_KEY = "gatewright.traffic.layout";
/** How long changes rest before they are saved with a view: a key that is held makes many. */
const REST_MS = 300;

/** How the rows are shown, and a way to show them otherwise. */
export type LayoutChoice = [layout: Layout, change: (changes: Partial<Layout>) => void];

/** The view that is open: the one with this filter, else the one that was opened and changed since. */
export function openView(views: readonly View[], opened: string, filter: string): View | undefined {
  const q = filter.trim();
  const named = views.find(({ name }) => name === opened);
  if (named?.q === q) return named;
  if (q === "") return undefined;
  return views.find((view) => view.q === q) ?? named;
}

/** How the rows are shown: as the open view has it, else as they were left in this browser. */
export function useLayout(view: View | undefined): LayoutChoice {
  const [own, setOwn] = useState<Layout>(readLayout);
  /** What is not saved with the view yet, and which view that is. */
  const [unsaved, setUnsaved] = useState<{ name: string; layout: Layout } | null>(null);
  const { mutate } = useSaveView();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const pending = useRef<{ name: string; save: () => void } | null>(null);
  const flush = useCallback(() => {
    clearTimeout(timer.current);
    pending.current?.save();
    pending.current = null;
  }, []);
  // Who goes to another place loses nothing of what was changed last.
  useEffect(() => flush, [flush]);

  const layout = useMemo(() => {
    if (view && unsaved?.name === view.name) return unsaved.layout;
    return view?.layout ?? own;
  }, [view, unsaved, own]);
  const change = (changes: Partial<Layout>) => {
    const next: Layout = { ...layout, ...changes };
    if (!view) {
      setOwn(next);
      writeLayout(next);
      return;
    }
    const kept: Layout = { columns: next.columns, time: next.time ?? "absolute" };
    const sort = view.layout?.sort;
    const saved: View = { ...view, layout: sort ? { ...kept, sort } : kept };
    setUnsaved({ name: view.name, layout: kept });
    if (pending.current?.name !== view.name) flush();
    clearTimeout(timer.current);
    const onError = ({ message: detail }: Error) =>
      toast({ tone: "err", title: "The columns were not saved with the view", detail });
    const save = () => mutate({ before: view.name, view: saved }, { onError });
    pending.current = { name: view.name, save };
    timer.current = setTimeout(flush, REST_MS);
  };
  return [layout, change];
}

function readLayout(): Layout {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "null");
    return isLayout(saved) ? saved : USUAL_LAYOUT;
  } catch {
    return USUAL_LAYOUT;
  }
}

function writeLayout({ columns, time }: Layout): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify({ columns, time }));
  } catch {
    // Storage is full or forbidden: it is a convenience only.
  }
}

function isLayout(value: unknown): value is Layout {
  if (typeof value !== "object" || value === null || !("columns" in value)) return false;
  const { columns } = value;
  const time = "time" in value ? value.time : undefined;
  const isColumn = (column: unknown) =>
    typeof column === "object" &&
    column !== null &&
    "id" in column &&
    typeof column.id === "string" &&
    (!("width" in column) || typeof column.width === "number");
  const isTime =
    time === undefined || time === "absolute" || time === "relative" || time === "delta";
  return Array.isArray(columns) && columns.every(isColumn) && isTime;
}
