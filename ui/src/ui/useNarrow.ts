import { useSyncExternalStore } from "react";

/** Below this there is no room for a list and its detail side by side. */
const NARROW = "(max-width: 1000px)";

/** Whether the window is too narrow for two panes beside each other. */
export function useNarrow(): boolean {
  return useSyncExternalStore(listen, () => matchMedia(NARROW).matches);
}

function listen(changed: () => void): () => void {
  const query = matchMedia(NARROW);
  query.addEventListener("change", changed);
  return () => query.removeEventListener("change", changed);
}
