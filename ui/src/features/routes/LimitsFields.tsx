import { Plus, X } from "lucide-react";
import { defaultRateLimit, type RateLimit } from "@/api/index.ts";
import { Button, IconButton, NumberField, Select, TextField } from "@/ui/index.ts";
import { PartProblem } from "@/forms/PartProblem.tsx";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { limitText, plainLimitText } from "@/forms/limits/limitText.ts";

const PRESETS: readonly RateLimit[] = [
  defaultRateLimit(60, "minute", "key"),
  defaultRateLimit(10, "second", "ip"),
  defaultRateLimit(100, "minute", "route"),
];

interface LimitsFieldsProps {
  limits: readonly RateLimit[];
  onChange: (limits: RateLimit[]) => void;
  /** Whether callers show a key: without, a limit per key counts nothing. */
  keyed: boolean;
  /** Called in the place of `onChange` with a limit that needs keys. */
  onNeedKeys: (limits: RateLimit[]) => void;
  issues: FieldIssues;
}

/** Limits, a group of fields each, and the usual ones to add. */
export function LimitsFields({ limits, onChange, keyed, onNeedKeys, issues }: LimitsFieldsProps) {
  const add = (limit: RateLimit) =>
    (limit.by === "key" && !keyed ? onNeedKeys : onChange)([...limits, limit]);
  const has = (preset: RateLimit) =>
    limits.some((limit) => plainLimitText(limit) === plainLimitText(preset));
  return (
    <>
      {limits.map((limit, at) => (
        <LimitRow
          // A limit has no identity but its place.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          limit={limit}
          number={at + 1}
          onChange={(next) => onChange(limits.with(at, next))}
          onRemove={() => onChange(limits.toSpliced(at, 1))}
          issues={issues.within(`rate_limits[${at}]`)}
        />
      ))}
      <div className="flex flex-wrap items-center gap-1.5">
        <span className="text-small text-ink-3">Add</span>
        {PRESETS.map((preset) => (
          <Button
            key={limitText(preset)}
            size="sm"
            icon={<Plus size={12} aria-hidden="true" />}
            disabledReason={has(preset) ? "It is there." : undefined}
            onClick={() => add(preset)}
          >
            {limitText(preset)}
          </Button>
        ))}
      </div>
      <PartProblem
        message={issues.rest("rate_limits", ...limits.map((_, at) => `rate_limits[${at}]`))}
      />
    </>
  );
}

interface LimitRowProps {
  limit: RateLimit;
  number: number;
  onChange: (limit: RateLimit) => void;
  onRemove: () => void;
  issues: FieldIssues;
}

const SHOWN = ["name", "requests", "per", "by", "burst"];

function LimitRow({ limit, number, onChange, onRemove, issues }: LimitRowProps) {
  const set = (change: Partial<RateLimit>) => onChange({ ...limit, ...change });
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
        onChange={(requests) => requests !== null && set({ requests })}
        error={issues.at("requests")}
      />
      <Select
        label="in each"
        narrow
        value={limit.per}
        onChange={(per) => set({ per })}
        options={[
          { value: "second", label: "second" },
          { value: "minute", label: "minute" },
          { value: "hour", label: "hour" },
          { value: "day", label: "day" },
        ]}
        error={issues.at("per")}
      />
      <Select
        label="counted per"
        narrow
        value={limit.by}
        onChange={(by) => set({ by })}
        options={[
          { value: "key", label: "API key" },
          { value: "ip", label: "client IP" },
          { value: "route", label: "route", hint: "all callers together" },
        ]}
        error={issues.at("by")}
      />
      <IconButton
        label={`Remove the limit ${limitText(limit)}`}
        icon={<X size={16} aria-hidden="true" />}
        className="mt-6"
        onClick={onRemove}
      />
      <div className="flex basis-full flex-wrap items-start gap-x-3 gap-y-2">
        <NumberField
          label="Burst"
          unit="may come at once"
          min={1}
          max={1_000_000_000}
          placeholder={String(limit.requests)}
          value={limit.burst}
          onChange={(burst) => set({ burst })}
          error={issues.at("burst")}
        />
        <TextField
          label="Called"
          className="min-w-36 flex-1"
          placeholder={plainLimitText(limit)}
          value={limit.name ?? ""}
          onChange={(name) => set({ name: name === "" ? null : name })}
          error={issues.at("name")}
        />
      </div>
      <div className="basis-full empty:hidden">
        <PartProblem message={issues.rest("", ...SHOWN)} />
      </div>
    </fieldset>
  );
}
