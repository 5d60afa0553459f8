import { ListField, NumberField } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { RoutePartProps } from "../RoutePart.ts";
import { ConditionsField } from "./ConditionsField.tsx";
import type { Match } from "./matchText.ts";
import { MethodsField } from "./MethodsField.tsx";
import { PathField } from "./PathField.tsx";

const SHOWN = ["hosts", "path", "path_kind", "methods", "headers", "query"].map(
  (field) => `match.${field}`,
);

/** What a request must look like for the route to take it. */
export function MatchSection({ route, onChange, issues }: RoutePartProps) {
  const set = (change: Partial<Match>) =>
    onChange({ ...route, match: { ...route.match, ...change } });
  const { match } = route;
  return (
    <>
      <PathField match={match} onChange={set} error={(field) => issues.at(`match.${field}`)} />
      <MethodsField
        value={match.methods}
        onChange={(methods) => set({ methods })}
        error={issues.at("match.methods")}
      />
      <ListField
        label="Hosts"
        placeholder="any host"
        value={match.hosts}
        onChange={(hosts) => set({ hosts })}
        error={issues.at("match.hosts")}
        help="Names without port, with commas between them. *.shop.localhost takes any name below it."
      />
      <ConditionsField
        of="header"
        value={match.headers}
        onChange={(headers) => set({ headers })}
        issues={issues}
        path="match.headers"
      />
      <ConditionsField
        of="query"
        value={match.query}
        onChange={(query) => set({ query })}
        issues={issues}
        path="match.query"
      />
      <NumberField
        label="Priority"
        required
        min={-1000}
        max={1000}
        value={route.priority}
        onChange={(priority) => priority !== null && onChange({ ...route, priority })}
        error={issues.at("priority")}
        help="Higher is asked first, however specific others are. Among equals the most specific wins."
      />
      {/* What is wrong with all of it together, such as a twin of this route. */}
      <PartProblem message={issues.rest("match", ...SHOWN)} />
    </>
  );
}
