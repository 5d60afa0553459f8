/** What the Keys place keeps in its address. */
export interface KeysSearch {
  /** `:new` while a key is being issued. */
  sel?: string;
}

export function validateKeysSearch(search: Record<string, unknown>): KeysSearch {
  return typeof search.sel === "string" ? { sel: search.sel } : {};
}
