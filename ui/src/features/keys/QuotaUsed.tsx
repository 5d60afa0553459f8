import { cx, format } from "@/ui/index.ts";
import type { KeyWithUsage } from "./queries.ts";

/** From this share on a person should look. */
const NEARLY_FULL = 0.8;

/** How much of its fullest quota a key has used: a small bar and a percentage. */
export function QuotaUsed({ quota }: { quota: KeyWithUsage["quota"] }) {
  if (quota == null) return <span className="text-ink-3">–</span>;
  const { name, used_before: used, requests } = quota;
  const share = Math.min(used / Math.max(requests, 1), 1);
  const [fill, ink] =
    share >= 1
      ? ["bg-limit", "text-limit"]
      : share >= NEARLY_FULL
        ? ["bg-warn", "text-warn"]
        : ["bg-stage-upstream", "text-ink-2"];
  const text = `${format.count(used)} of ${format.count(requests)} used: ${name}`;
  return (
    <span className="flex items-center gap-2" title={text}>
      <span
        role="meter"
        aria-label={`Quota ${name}`}
        aria-valuemin={0}
        aria-valuemax={requests}
        aria-valuenow={Math.min(used, requests)}
        aria-valuetext={text}
        className="h-1.5 min-w-0 flex-1 overflow-hidden rounded-full bg-sunken"
      >
        <span
          className={cx("block h-full rounded-full", fill)}
          style={{ width: `${share * 100}%` }}
        />
      </span>
      <span className={cx("w-10 text-right tabular-nums", ink)}>{format.percent(share)}</span>
    </span>
  );
}
