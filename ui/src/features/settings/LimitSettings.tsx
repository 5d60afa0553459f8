import type { ConfigInForce } from "@/api/index.ts";
import { LimitsFields } from "@/forms/limits/LimitsFields.tsx";
import { hasNoLimit, limitsOf } from "@/forms/limits/limitText.ts";
import { Select } from "@/ui/index.ts";
import { ConfigForm } from "./ConfigForm.tsx";
import { TimeZoneField } from "./TimeZoneField.tsx";

/** Limits for all routes, and how limits are told to callers. */
export function LimitSettings({ inForce }: { inForce: ConfigInForce }) {
  return (
    <ConfigForm title="Limits and quotas" part="limits" inForce={inForce}>
      {({ value, set, error, issues }) => (
        <>
          <div className="flex flex-wrap gap-4">
            <Select
              label="Headers that tell callers of limits"
              className="w-72"
              value={value.headers}
              onChange={(headers) => set({ headers })}
              options={[
                { value: "ietf", label: "IETF draft", hint: "RateLimit, RateLimit-Policy" },
                {
                  value: "legacy",
                  label: "X-RateLimit",
                  hint: "X-RateLimit-Limit, -Remaining, -Reset",
                },
                {
                  value: "kong",
                  label: "As Kong",
                  hint: "RateLimit-Limit, X-RateLimit-Limit-Minute and so on",
                },
                { value: "none", label: "None", hint: "Retry-After is sent all the same" },
              ]}
              error={error("headers")}
            />
            <TimeZoneField
              value={value.time_zone}
              onChange={(time_zone) => set({ time_zone })}
              error={error("time_zone")}
            />
          </div>
          <div className="flex flex-col gap-3">
            <h3 className="text-strong">Limits for all routes</h3>
            <p className="text-body text-ink-2">
              {hasNoLimit(value)
                ? "None. They hold for every request that a route takes, beside the route’s own."
                : "For every request that a route takes, beside the route’s own."}
            </p>
            <LimitsFields
              limits={limitsOf(value)}
              owner="of all routes"
              onChange={set}
              issues={issues}
            />
          </div>
        </>
      )}
    </ConfigForm>
  );
}
