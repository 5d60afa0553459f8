import { LimitsFields } from "@/forms/limits/LimitsFields.tsx";
import { hasNoLimit, limitsOf } from "@/forms/limits/limitText.ts";
import type { RoutePartProps } from "./RoutePart.ts";

/** How often the route may be called. */
export function LimitsSection({ route, onChange, issues }: RoutePartProps) {
  const { authentication } = route;
  return (
    <>
      {hasNoLimit(route) && (
        <p className="text-body text-ink-2">
          No limit. A limit answers 429 when a caller goes over it.
        </p>
      )}
      <LimitsFields
        limits={limitsOf(route)}
        onChange={(next) => onChange({ ...route, ...next })}
        // A limit per key is nothing without keys: the preset brings what it needs.
        onNeedKeys={
          authentication.methods.length > 0
            ? undefined
            : (next) =>
                onChange({
                  ...route,
                  ...next,
                  authentication: { ...authentication, methods: ["api_key"] },
                })
        }
        issues={issues}
      />
    </>
  );
}
