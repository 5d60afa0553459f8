import type { RateLimit } from "@/api/index.ts";
import { NumberField, Select, Switch } from "@/ui/index.ts";
import type { FieldIssues } from "../fieldIssues.ts";
import { Fold } from "../Fold.tsx";
import { PartProblem } from "../PartProblem.tsx";
import { LimitName, LimitRow } from "./LimitRow.tsx";
import { limitText, plainLimitText, owned } from "./limitText.ts";
import { ModeField } from "./ModeField.tsx";
import { WhoseFields } from "./WhoseFields.tsx";

interface RateLimitRowProps {
  limit: RateLimit;
  number: number;
  owner: string | undefined;
  onChange: (limit: RateLimit) => void;
  onRemove: () => void;
  onTrip?: (() => void) | undefined;
  issues: FieldIssues;
}

const HOW = ["algorithm", "burst", "count_rejected"];
const SHOWN = ["requests", "per", "by", "of", "mode", "name", ...HOW];

/** A limit on how often callers may call. */
export function RateLimitRow({
  limit,
  number,
  owner,
  onChange,
  onRemove,
  onTrip,
  issues,
}: RateLimitRowProps) {
  const set = (change: Partial<RateLimit>) => onChange({ ...limit, ...change });
  return (
    <LimitRow
      legend={`Limit ${number}`}
      text={limitText(limit)}
      onRemove={onRemove}
      more={
        <>
          <ModeField
            of={`limit ${number}`}
            value={limit.mode}
            onChange={(mode) => set({ mode })}
            onTrip={onTrip}
          />
          <Fold title="How it counts" summary={howText(limit)} errors={issues.count(...HOW)}>
            <HowFields limit={limit} set={set} issues={issues} />
          </Fold>
          <PartProblem message={issues.rest("", ...SHOWN)} />
        </>
      }
    >
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
          { value: "day", label: "day", hint: "24 hours" },
          { value: "month", label: "month", hint: "30 days" },
        ]}
        error={issues.at("per")}
      />
      <WhoseFields value={limit} onChange={set} issues={issues} />
      <LimitName
        value={limit.name}
        plain={owned(plainLimitText(limit), owner)}
        onChange={(name) => set({ name })}
        error={issues.at("name")}
      />
    </LimitRow>
  );
}

interface HowFieldsProps {
  limit: RateLimit;
  set: (change: Partial<RateLimit>) => void;
  issues: FieldIssues;
}

function HowFields({ limit, set, issues }: HowFieldsProps) {
  const bucket = limit.algorithm === "token_bucket";
  return (
    <>
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <Select
          label="Algorithm"
          className="w-44"
          value={limit.algorithm}
          onChange={(algorithm) =>
            // What means nothing for the other algorithm does not stay behind unseen.
            set({ algorithm, burst: null, count_rejected: false })
          }
          options={[
            { value: "token_bucket", label: "Token bucket", hint: "refills evenly" },
            { value: "fixed_window", label: "Fixed window", hint: "begins with the first request" },
            { value: "sliding_window", label: "Sliding window", hint: "exact in any span" },
          ]}
          error={issues.at("algorithm")}
        />
        {bucket && (
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
        )}
      </div>
      {!bucket && (
        <Switch
          label="Refused requests count too"
          help="Whoever keeps asking stays out until they pause."
          checked={limit.count_rejected}
          onChange={(count_rejected) => set({ count_rejected })}
        />
      )}
      <PartProblem message={issues.at("count_rejected")} />
    </>
  );
}

const ALGORITHM = {
  token_bucket: "token bucket",
  fixed_window: "fixed window",
  sliding_window: "sliding window",
} as const satisfies Record<RateLimit["algorithm"], string>;

/** "token bucket, 20 at once". */
function howText({ algorithm, burst, count_rejected }: RateLimit): string {
  const parts = [
    ALGORITHM[algorithm],
    burst !== null && `${burst} at once`,
    count_rejected && "refused requests count too",
  ];
  return parts.filter(Boolean).join(", ");
}
