import { useSyncExternalStore } from "react";

/** Tokens that charts draw with; a canvas needs them as plain colours. */
export type ColorToken =
  | `chart-${"2xx" | "3xx" | "4xx" | "429" | "5xx"}`
  | `stage-${"upstream" | "connect" | "auth" | "limit" | "match"}`
  | "ink"
  | "ink-3"
  | "line-subtle"
  | "line"
  | "surface"
  | "focus";

/** The colour of a token in the theme that is shown. */
export function color(token: ColorToken): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--color-${token})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** A number that changes with the theme. */
export function useTheme(): string {
  return useSyncExternalStore(subscribe, theme);
}

function theme(): string {
  const dark = globalThis.matchMedia("(prefers-color-scheme: dark)").matches;
  const contrast = globalThis.matchMedia("(prefers-contrast: more)").matches;
  return `${document.documentElement.dataset.theme ?? ""}/${dark}/${contrast}`;
}

function subscribe(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  const queries = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)"].map((query) =>
    globalThis.matchMedia(query),
  );
  for (const query of queries) query.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    for (const query of queries) query.removeEventListener("change", changed);
  };
}
