import type { Plan } from "@/api/index.ts";
import { hasNoLimit, limitsText } from "@/forms/limits/limitText.ts";
import { Select } from "@/ui/index.ts";

/** The choice of no plan; no name holds a colon. */
const NONE = ":none";

interface PlanSelectProps {
  value: string | null;
  onChange: (plan: string | null) => void;
  plans: readonly Plan[];
  /** What no plan of one's own means. */
  none: string;
  error?: string | undefined;
}

/** Which plan somebody has. */
export function PlanSelect({ value, onChange, plans, none, error }: PlanSelectProps) {
  const known = plans.some(({ name }) => name === value);
  const gone = value === null || known ? [] : [{ value, label: value, hint: "there is none" }];
  return (
    <Select
      label="Plan"
      value={value ?? NONE}
      onChange={(plan) => onChange(plan === NONE ? null : plan)}
      options={[
        { value: NONE, label: none },
        ...plans.map((plan) => ({
          value: plan.name,
          label: plan.name,
          ...(!hasNoLimit(plan) && { hint: limitsText(plan) }),
        })),
        ...gone,
      ]}
      error={error}
    />
  );
}
