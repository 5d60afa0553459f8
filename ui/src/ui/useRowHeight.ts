import { useSyncExternalStore } from "react";

/** Pixels of a row at each density: the `--row` of tokens.css, for who must compute with it. */
const ROW_PX: Record<string, number> = { compact: 24, default: 28, comfortable: 32 };

/** The height of a row now, in pixels; follows `data-density` on <html>. */
export function useRowHeight(): number {
  return useSyncExternalStore(subscribe, read);
}

function read(): number {
  return ROW_PX[document.documentElement.dataset.density ?? "default"] ?? 28;
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ["data-density"] });
  return () => observer.disconnect();
}
