import { useSyncExternalStore } from "react";

/** Room for the log and a detail side by side. */
const WIDE = "(min-width: 1700px)";

/** Whether the window is wide enough for the detail to stand beside the log. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => matchMedia(WIDE).matches);
}

function subscribe(changed: () => void): () => void {
  const query = matchMedia(WIDE);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
