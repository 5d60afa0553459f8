import type { RoutePartProps } from "../RoutePart.ts";
import { HeaderEditsFields, ValuesHelp } from "./HeaderEditsFields.tsx";

/** What the gateway changes in requests and answers that pass. */
export function ChangeSection({ route, onChange, issues }: RoutePartProps) {
  return (
    <>
      <HeaderEditsFields
        of="Request"
        value={route.request_headers}
        onChange={(request_headers) => onChange({ ...route, request_headers })}
        issues={issues}
        path="request_headers"
      />
      <HeaderEditsFields
        of="Answer"
        value={route.response_headers}
        onChange={(response_headers) => onChange({ ...route, response_headers })}
        issues={issues}
        path="response_headers"
      />
      <ValuesHelp />
    </>
  );
}
