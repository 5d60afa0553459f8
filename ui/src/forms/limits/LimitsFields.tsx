import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { defaultConcurrency, defaultQuota, defaultRateLimit } from "@/api/index.ts";
import { Button } from "@/ui/index.ts";
import type { FieldIssues } from "../fieldIssues.ts";
import { PartProblem } from "../PartProblem.tsx";
import { ConcurrencyRow } from "./ConcurrencyRow.tsx";
import {
  limitText,
  type LimitSet,
  plainConcurrencyText,
  plainLimitText,
  plainQuotaText,
  quotaText,
} from "./limitText.ts";
import { QuotaRow } from "./QuotaRow.tsx";
import { RateLimitRow } from "./RateLimitRow.tsx";

const RATES = [
  defaultRateLimit(60, "minute", "key"),
  defaultRateLimit(10, "second", "ip"),
  defaultRateLimit(100, "minute", "route"),
];
const QUOTAS = [defaultQuota(1000, "day", "key"), defaultQuota(20_000, "month", "consumer")];
const RUNNING = [defaultConcurrency(5, "key")];

const PARTS = ["rate_limits", "quotas", "concurrency"] as const;

interface LimitsFieldsProps {
  limits: LimitSet;
  onChange: (limits: LimitSet) => void;
  /** Called in the place of `onChange` with a new limit that needs to know who calls. */
  onNeedKeys?: ((limits: LimitSet) => void) | undefined;
  /** What the gateway adds to the names it makes, where they are not a route's: "of v2". */
  owner?: string;
  /** Opens what sends requests until the limit of this name refuses one. */
  onTrip?: ((limit: string) => void) | undefined;
  /** By the path from what has the limits: `rate_limits[0].by`. */
  issues: FieldIssues;
}

/** Rate limits, quotas and limits on running requests, and the usual ones to add. */
export function LimitsFields(props: LimitsFieldsProps) {
  const { limits, onChange, onNeedKeys, owner, onTrip, issues } = props;
  const { rate_limits, quotas, concurrency } = limits;
  const add = (by: string, change: Partial<LimitSet>) => {
    const tell = by === "key" || by === "consumer" ? (onNeedKeys ?? onChange) : onChange;
    tell({ ...limits, ...change });
  };
  const texts = new Set([
    ...rate_limits.map(plainLimitText),
    ...quotas.map(plainQuotaText),
    ...concurrency.map(plainConcurrencyText),
  ]);
  const rows = PARTS.flatMap((part) => limits[part].map((_, at) => `${part}[${at}]`));
  return (
    <>
      {rate_limits.length > 0 && (
        <Group title="Rate limits">
          {rate_limits.map((limit, at) => (
            <RateLimitRow
              // A limit has no identity but its place.
              // oxlint-disable-next-line react/no-array-index-key
              key={at}
              limit={limit}
              number={at + 1}
              owner={owner}
              onChange={(next) => onChange({ ...limits, rate_limits: rate_limits.with(at, next) })}
              onRemove={() => onChange({ ...limits, rate_limits: rate_limits.toSpliced(at, 1) })}
              onTrip={onTrip && (() => onTrip(limitText(limit)))}
              issues={issues.within(`rate_limits[${at}]`)}
            />
          ))}
        </Group>
      )}
      {quotas.length > 0 && (
        <Group title="Quotas">
          {quotas.map((quota, at) => (
            <QuotaRow
              // oxlint-disable-next-line react/no-array-index-key
              key={at}
              quota={quota}
              number={at + 1}
              owner={owner}
              onChange={(next) => onChange({ ...limits, quotas: quotas.with(at, next) })}
              onRemove={() => onChange({ ...limits, quotas: quotas.toSpliced(at, 1) })}
              onTrip={onTrip && (() => onTrip(quotaText(quota)))}
              issues={issues.within(`quotas[${at}]`)}
            />
          ))}
        </Group>
      )}
      {concurrency.length > 0 && (
        <Group title="Running at once">
          {concurrency.map((limit, at) => (
            <ConcurrencyRow
              // oxlint-disable-next-line react/no-array-index-key
              key={at}
              limit={limit}
              number={at + 1}
              owner={owner}
              onChange={(next) => onChange({ ...limits, concurrency: concurrency.with(at, next) })}
              onRemove={() => onChange({ ...limits, concurrency: concurrency.toSpliced(at, 1) })}
              issues={issues.within(`concurrency[${at}]`)}
            />
          ))}
        </Group>
      )}
      <div className="flex flex-wrap items-center gap-1.5">
        <span className="text-small text-ink-3">Add</span>
        {RATES.map((limit) => (
          <Preset
            key={plainLimitText(limit)}
            text={plainLimitText(limit)}
            taken={texts}
            onAdd={() => add(limit.by, { rate_limits: [...rate_limits, limit] })}
          />
        ))}
        {QUOTAS.map((quota) => (
          <Preset
            key={plainQuotaText(quota)}
            text={plainQuotaText(quota)}
            taken={texts}
            onAdd={() => add(quota.by, { quotas: [...quotas, quota] })}
          />
        ))}
        {RUNNING.map((limit) => (
          <Preset
            key={plainConcurrencyText(limit)}
            text={plainConcurrencyText(limit)}
            taken={texts}
            onAdd={() => add(limit.by, { concurrency: [...concurrency, limit] })}
          />
        ))}
      </div>
      {PARTS.map((part) => (
        <PartProblem key={part} message={issues.rest(part, ...rows)} />
      ))}
    </>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={title} className="flex flex-col gap-2">
      <h4 className="text-body font-medium">{title}</h4>
      {children}
    </div>
  );
}

interface PresetProps {
  text: string;
  taken: ReadonlySet<string>;
  onAdd: () => void;
}

/** A usual limit, to add with a press and to change after. */
function Preset({ text, taken, onAdd }: PresetProps) {
  return (
    <Button
      size="sm"
      icon={<Plus size={12} aria-hidden="true" />}
      disabledReason={taken.has(text) ? "It is there." : undefined}
      onClick={onAdd}
    >
      {text}
    </Button>
  );
}
