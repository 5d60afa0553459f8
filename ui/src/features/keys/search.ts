/** What the Keys place keeps in its address. */
export interface KeysSearch {
  /** The id of the one whose detail is open; "new" while one is being made. */
  sel?: string;
}

export function validateKeysSearch(search: Record<string, unknown>): KeysSearch {
  return typeof search.sel === "string" ? { sel: search.sel } : {};
}
