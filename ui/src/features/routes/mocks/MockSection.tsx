import type { RoutePartProps } from "../RoutePart.ts";
import { MockFields } from "./MockFields.tsx";

/** What answers in the place of a route's service. */
export function MockSection({ route, onChange, issues }: RoutePartProps) {
  const { service, redirect, respond } = route;
  const own = redirect !== null || respond !== null ? "the route itself" : "nobody";
  return (
    <MockFields
      mock={route.mock}
      onChange={(mock) => onChange({ ...route, mock })}
      issues={issues.within("mock")}
      instead={service === null ? own : `the service ${service}`}
    />
  );
}
