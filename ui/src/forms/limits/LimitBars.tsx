import type { components } from "@/api/index.ts";
import { Badge, format, Meter } from "@/ui/index.ts";

type Schemas = components["schemas"];

/** How limits stood or stand, as the gateway tells it. */
export interface LimitFacts {
  limits: readonly Schemas["LimitFact"][];
  quotas?: readonly Schemas["QuotaFact"][];
  concurrency?: readonly Schemas["ConcurrencyFact"][];
}

/** What is used of each limit, as bars. */
export function LimitBars({ limits, quotas, concurrency }: LimitFacts) {
  return (
    <ul className="flex flex-col gap-2.5">
      {concurrency?.map((limit) => (
        <li key={`running ${limit.name}`}>
          <Meter
            label={limit.name}
            note={<Mode mode={limit.mode} />}
            used={limit.running_before}
            total={limit.requests}
            text={`${ofAll(limit.running_before, limit.requests)} running`}
          />
        </li>
      ))}
      {quotas?.map((quota) => (
        <li key={`quota ${quota.name}`}>
          <Meter
            label={quota.name}
            note={<Mode mode={quota.mode} />}
            used={quota.used_after}
            total={quota.requests}
            text={`${ofAll(quota.used_after, quota.requests)} used`}
            detail={`Begins anew ${format.dateTime(quota.resets_at_us / 1000)}`}
          />
        </li>
      ))}
      {limits.map((limit) => (
        <li key={`limit ${limit.name}`}>
          <Meter
            label={limit.name}
            note={<Mode mode={limit.mode} />}
            used={limit.burst - limit.remaining_after}
            total={limit.burst}
            text={`${ofAll(limit.burst - limit.remaining_after, limit.burst)} used`}
            detail={whenMore(limit)}
          />
        </li>
      ))}
    </ul>
  );
}

const ofAll = (used: number, all: number) => `${format.count(used)} of ${format.count(all)}`;

function whenMore({ remaining_after, retry_after_ms, full_after_ms }: Schemas["LimitFact"]) {
  if (full_after_ms === 0) return undefined;
  const full = `all there again in ${format.duration(full_after_ms)}`;
  if (remaining_after > 0 || retry_after_ms === 0) return capital(full);
  return `Room for one more in ${format.duration(retry_after_ms)}, ${full}`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Marks what refuses nothing. */
function Mode({ mode }: { mode?: Schemas["LimitMode"] | undefined }) {
  if (mode !== "shadow") return null;
  return <Badge tone="warn">shadow</Badge>;
}
