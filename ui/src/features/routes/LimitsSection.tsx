import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Fold } from "@/forms/Fold.tsx";
import { LimitsNow } from "@/forms/limits/LimitsNow.tsx";
import { LimitsFields } from "@/forms/limits/LimitsFields.tsx";
import { hasNoLimit, limitsOf } from "@/forms/limits/limitText.ts";
import { TripDialog } from "@/forms/limits/trip/TripDialog.tsx";
import { tripOfRoute } from "@/forms/limits/trip/tripOf.ts";
import type { RoutePartProps } from "./RoutePart.ts";

interface LimitsSectionProps extends RoutePartProps {
  /** The route is in force: its limits count. */
  exists: boolean;
}

/** How often the route may be called. */
export function LimitsSection({ route, onChange, issues, exists }: LimitsSectionProps) {
  const { authentication } = route;
  const [tripping, setTripping] = useState<string | null>(null);
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
        onTrip={exists ? setTripping : undefined}
        issues={issues}
      />
      {tripping !== null && (
        <TripDialog
          call={tripOfRoute(route)}
          limit={tripping}
          needsKey={authentication.methods.includes("api_key")}
          onClose={() => setTripping(null)}
        />
      )}
      {exists && !hasNoLimit(route) && (
        <Fold title="How they stand now" summary="for calls from this machine" errors={0}>
          <LimitsNow
            whose={{ route: route.name, ip: "127.0.0.1" }}
            none="None of these counts calls from 127.0.0.1."
          />
          <p className="text-small text-ink-3">
            For calls from 127.0.0.1 without a key. What is left for a key is on the{" "}
            <Link to="/keys">key’s page</Link>.
          </p>
        </Fold>
      )}
    </>
  );
}
