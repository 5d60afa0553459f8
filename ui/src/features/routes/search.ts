/** What the Routes place keeps in its address. */
export interface RoutesSearch {
  /**
   * What is open beside the list: a route by its name, a service as `service:shop`, `:new` while a
   * route is being made and `:new-service` while a service is. Names never hold a colon.
   */
  sel?: string;
  /** While the route tester is open in the list's place: the request's method and URL. */
  test?: string;
  /** A request of the log, by its id, to test. */
  request?: string;
}

export function validateRoutesSearch(search: Record<string, unknown>): RoutesSearch {
  const { sel, test, request } = search;
  return {
    ...(typeof sel === "string" && { sel }),
    ...(typeof test === "string" && { test }),
    ...(typeof request === "string" && { request }),
  };
}
