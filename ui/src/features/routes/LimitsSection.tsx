import { LimitsFields } from "./LimitsFields.tsx";
import type { RoutePartProps } from "./RoutePart.ts";

/** How often the route may be called. */
export function LimitsSection({ route, onChange, issues }: RoutePartProps) {
  const { rate_limits, authentication } = route;
  return (
    <>
      {rate_limits.length === 0 && (
        <p className="text-body text-ink-2">
          No limit. A limit answers 429 when a caller goes over it.
        </p>
      )}
      <LimitsFields
        limits={rate_limits}
        onChange={(limits) => onChange({ ...route, rate_limits: limits })}
        keyed={authentication.methods.length > 0}
        // A limit per key is nothing without keys: the preset brings what it needs.
        onNeedKeys={(limits) =>
          onChange({
            ...route,
            rate_limits: limits,
            authentication: { ...authentication, methods: ["api_key"] },
          })
        }
        issues={issues}
      />
    </>
  );
}
