/** The parts of a route's form that an address can open, in their order. */
export const ROUTE_PARTS = [
  "match",
  "send",
  "versions",
  "callers",
  "limits",
  "cache",
  "change",
  "mock",
  "tests",
] as const;
export type RoutePartName = (typeof ROUTE_PARTS)[number];

/** What the Routes place keeps in its address. */
export interface RoutesSearch {
  /**
   * What is open beside the list: a route by its name, a service as `service:shop`, `:new` while a
   * route is being made and `:new-service` while a service is. Names never hold a colon.
   */
  sel?: string;
  /** The part of the open route that was asked for. */
  part?: RoutePartName;
  /** While the route tester is open in the list's place: the request's method and URL. */
  test?: string;
  /** `versions` while the versions of all endpoints are in the list's place. */
  show?: "versions";
  /** A request of the log, by its id, to test. */
  request?: string;
  /** A saved test to try: its route and its place there, "orders:2", or ":2" of those of no route. */
  saved?: string;
  /** Of an open service's program: the output of this time, "from-to" in microseconds since 1970. */
  output?: string;
}

export function validateRoutesSearch(search: Record<string, unknown>): RoutesSearch {
  const { sel, part, test, show, request, saved, output } = search;
  const known = ROUTE_PARTS.find((name) => name === part);
  return {
    ...(typeof sel === "string" && { sel }),
    ...(known && { part: known }),
    ...(typeof test === "string" && { test }),
    ...(show === "versions" && { show }),
    ...(typeof request === "string" && { request }),
    ...(typeof saved === "string" && { saved }),
    ...(typeof output === "string" && { output }),
  };
}
