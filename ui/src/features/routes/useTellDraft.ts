import { useEffect } from "react";
import type { Config } from "@/api/index.ts";

/** Tells what is typed while it is on the page; `null` where that is in force already. */
export function useTellDraft(draft: Config | null, tell: (draft: Config | null) => void): void {
  useEffect(() => tell(draft), [draft, tell]);
  useEffect(() => () => tell(null), [tell]);
}
