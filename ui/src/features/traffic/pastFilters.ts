const STORAGE_KEY = "gatewright.filters";
const MOST = 20;

/** The filters used before, newest first. */
export function pastFilters(): readonly string[] {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "[]");
    return Array.isArray(saved) ? saved.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

/** Puts a filter in front of those used before. */
export function rememberFilter(filter: string): void {
  const text = filter.trim();
  if (text === "") return;
  const next = [text, ...pastFilters().filter((other) => other !== text)].slice(0, MOST);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(next));
  } catch {
    // Storage is full or forbidden: it is a convenience only.
  }
}
