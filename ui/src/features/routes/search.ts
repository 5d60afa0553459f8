/** What the Routes place keeps in its address. */
export interface RoutesSearch {
  /** The id of the one whose detail is open; "new" while one is being made. */
  sel?: string;
}

export function validateRoutesSearch(search: Record<string, unknown>): RoutesSearch {
  return typeof search.sel === "string" ? { sel: search.sel } : {};
}
