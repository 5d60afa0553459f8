import { Plus, X } from "lucide-react";
import type { Route } from "@/api/index.ts";
import { Button, IconButton, NumberField, Select } from "@/ui/index.ts";
import type { FieldIssues } from "./routeDraft.ts";
import { limitText, type RateLimit } from "./routeText.ts";

const PRESETS: readonly RateLimit[] = [
  { name: null, requests: 60, per: "minute", by: "key", burst: null },
  { name: null, requests: 10, per: "second", by: "ip", burst: null },
  { name: null, requests: 100, per: "minute", by: "route", burst: null },
];

interface LimitsSectionProps {
  route: Route;
  onChange: (route: Route) => void;
  issues: FieldIssues;
}

/** How often the route may be called. */
export function LimitsSection({ route, onChange, issues }: LimitsSectionProps) {
  const limits = route.rate_limits;
  const set = (rate_limits: RateLimit[]) => onChange({ ...route, rate_limits });
  const add = (limit: RateLimit) =>
    onChange({
      ...route,
      // A limit per key is nothing without keys: the preset brings what it needs.
      authentication: limit.by === "key" ? { kind: "api_key" } : route.authentication,
      rate_limits: [...limits, limit],
    });
  return (
    <>
      {limits.length === 0 && (
        <p className="text-body text-ink-2">
          No limit. A limit answers 429 when a caller goes over it.
        </p>
      )}
      {limits.map((limit, at) => (
        <LimitRow
          // A limit has no identity but its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          limit={limit}
          number={at + 1}
          onChange={(next) => set(limits.with(at, next))}
          onRemove={() => set(limits.toSpliced(at, 1))}
          error={(field) => issues.at(`rate_limits[${at}].${field}`)}
        />
      ))}
      <div className="flex flex-wrap items-center gap-1.5">
        <span className="text-small text-ink-3">Add</span>
        {PRESETS.map((preset) => (
          <Button
            key={limitText(preset)}
            size="sm"
            icon={<Plus size={12} aria-hidden="true" />}
            disabledReason={
              limits.some((limit) => limitText(limit) === limitText(preset))
                ? "The route has this limit."
                : undefined
            }
            onClick={() => add(preset)}
          >
            {limitText(preset)}
          </Button>
        ))}
      </div>
    </>
  );
}

interface LimitRowProps {
  limit: RateLimit;
  number: number;
  onChange: (limit: RateLimit) => void;
  onRemove: () => void;
  error: (field: string) => string | undefined;
}

function LimitRow({ limit, number, onChange, onRemove, error }: LimitRowProps) {
  return (
    <fieldset className="flex flex-wrap items-start gap-x-3 gap-y-2">
      <legend className="sr-only">
        Limit {number}: {limitText(limit)}
      </legend>
      <NumberField
        label="Requests"
        required
        min={1}
        max={1_000_000_000}
        value={limit.requests}
        onChange={(requests) => requests !== null && onChange({ ...limit, requests })}
        error={error("requests")}
      />
      <Select
        label="in each"
        value={limit.per}
        onChange={(per) => onChange({ ...limit, per })}
        options={[
          { value: "second", label: "second" },
          { value: "minute", label: "minute" },
          { value: "hour", label: "hour" },
          { value: "day", label: "day" },
        ]}
        error={error("per")}
      />
      <Select
        label="counted per"
        value={limit.by}
        onChange={(by) => onChange({ ...limit, by })}
        options={[
          { value: "key", label: "API key" },
          { value: "ip", label: "client IP" },
          { value: "route", label: "route", hint: "all callers together" },
        ]}
        error={error("by")}
      />
      <IconButton
        label={`Remove the limit ${limitText(limit)}`}
        icon={<X size={16} aria-hidden="true" />}
        className="mt-6"
        onClick={onRemove}
      />
      <NumberField
        label="Burst"
        className="basis-full"
        unit="may come at once"
        min={1}
        max={1_000_000_000}
        placeholder={String(limit.requests)}
        value={limit.burst ?? null}
        onChange={(burst) => onChange({ ...limit, burst })}
        error={error("burst")}
      />
      {error("name") && <p className="basis-full text-small text-err">{error("name")}</p>}
    </fieldset>
  );
}
