import { Prose, SegmentedControl } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { RoutePartProps } from "./RoutePart.ts";

/** Who may call the route. */
export function CallersSection({ route, onChange, issues }: RoutePartProps) {
  const { methods } = route.authentication;
  const kind = methods.length > 0 ? "api_key" : "none";
  return (
    <>
      <SegmentedControl
        label="Who may call"
        value={kind}
        onChange={(next) =>
          onChange({
            ...route,
            authentication: {
              ...route.authentication,
              methods: next === "api_key" ? ["api_key"] : [],
            },
          })
        }
        options={[
          { value: "none", label: "Anyone" },
          { value: "api_key", label: "Callers with an API key" },
        ]}
      />
      <PartProblem message={issues.at("authentication")} />
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
