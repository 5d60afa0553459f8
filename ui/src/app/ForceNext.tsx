import { CircleSlash2 } from "lucide-react";
import { Button, Menu } from "@/ui/index.ts";
import { FORCED, type ForcedRefusal, useForceNext, type Whose } from "./faults.ts";

interface ForceNextProps {
  /** Whose next request is refused. */
  whose: Whose;
  /** Why nothing can be forced now. */
  disabledReason?: string | undefined;
}

/** Lets the next request of a route or a key be refused as the gateway refuses; no limit counts it. */
export function ForceNext({ whose, disabledReason }: ForceNextProps) {
  const force = useForceNext();
  const button = (
    <Button
      size="sm"
      icon={<CircleSlash2 size={12} aria-hidden="true" />}
      disabledReason={disabledReason}
    >
      Force next…
    </Button>
  );
  if (disabledReason !== undefined) return button;
  return (
    <Menu
      trigger={button}
      items={[
        { heading: "The next request is answered" },
        ...(Object.keys(FORCED) as ForcedRefusal[]).map((refusal) => ({
          label: FORCED[refusal],
          onSelect: () => force(whose, refusal),
        })),
      ]}
    />
  );
}
