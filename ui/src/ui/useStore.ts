import { useSyncExternalStore } from "react";
import type { Store } from "@/store.ts";

/** Reads a store and renders again when the value changes. Read at the leaf that shows it. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
