import type { Route } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";

/** What each part of a route's form takes. */
export interface RoutePartProps {
  route: Route;
  onChange: (route: Route) => void;
  /** What is wrong, by the path from the route: `match.headers[0].value`. */
  issues: FieldIssues;
}
