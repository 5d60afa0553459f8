import type { Route } from "@/api/index.ts";
import { Prose, SegmentedControl } from "@/ui/index.ts";
import type { FieldIssues } from "./routeDraft.ts";

interface CallersSectionProps {
  route: Route;
  onChange: (route: Route) => void;
  issues: FieldIssues;
}

/** Who may call the route. */
export function CallersSection({ route, onChange, issues }: CallersSectionProps) {
  const { kind } = route.authentication;
  const error = issues.at("authentication");
  return (
    <>
      <SegmentedControl
        label="Who may call"
        value={kind}
        onChange={(next) => onChange({ ...route, authentication: { kind: next } })}
        options={[
          { value: "none", label: "Anyone" },
          { value: "api_key", label: "Callers with an API key" },
        ]}
      />
      {error && (
        <p role="alert" className="text-small text-err">
          <Prose text={error} />
        </p>
      )}
      <p className="text-small text-ink-3">
        {kind === "api_key" ? (
          <Prose text="Callers send `X-API-Key` or `Authorization: Bearer`. Without a good key the gateway answers 401; the service never sees the key itself." />
        ) : (
          "The gateway asks no one who they are."
        )}
      </p>
    </>
  );
}
