import { useCallback, useSyncExternalStore } from "react";

/** Below this there is no room for a list and its detail side by side. */
const TWO_PANES_PX = 1000;

/** Whether the window is narrower than that: by default, too narrow for two panes. */
export function useNarrow(below = TWO_PANES_PX): boolean {
  const query = `(max-width: ${below}px)`;
  const listen = useCallback(
    (changed: () => void) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    [query],
  );
  return useSyncExternalStore(listen, () => matchMedia(query).matches);
}
