import { Banner, Spinner } from "@/ui/index.ts";
import { LimitBars } from "./LimitBars.tsx";
import { useLimitsState, type Whose } from "./useLimitsState.ts";

interface LimitsNowProps {
  whose: Whose;
  /** Said where no limit counts for this caller. */
  none: string;
}

/** How the limits stand that a caller meets, now. Asking takes nothing from them. */
export function LimitsNow({ whose, none }: LimitsNowProps) {
  const { data, error } = useLimitsState(whose);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Spinner />;
  const { limits, quotas, concurrency, quotas_not_kept } = data;
  return (
    <div className="flex flex-col gap-2">
      {quotas_not_kept != null && <Banner tone="warn">{quotas_not_kept}</Banner>}
      {limits.length + quotas.length + concurrency.length === 0 ? (
        <p className="text-ink-2">{none}</p>
      ) : (
        <LimitBars {...data} />
      )}
    </div>
  );
}
