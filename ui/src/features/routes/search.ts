/** What the Routes place keeps in its address. */
export interface RoutesSearch {
  /**
   * What is open beside the list: a route by its name, a service as `service:shop`, `:new` while a
   * route is being made and `:new-service` while a service is. Names never hold a colon.
   */
  sel?: string;
}

export function validateRoutesSearch(search: Record<string, unknown>): RoutesSearch {
  return typeof search.sel === "string" ? { sel: search.sel } : {};
}
