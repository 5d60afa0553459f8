import type { StateLook } from "@/app/serviceStates.ts";
import { Badge } from "@/ui/index.ts";

/** A state of a program or an instance, as shape, word and colour. */
export function ProcessBadge({ look: { word, tone, shape } }: { look: StateLook }) {
  return (
    <Badge tone={tone} shape={shape}>
      {word}
    </Badge>
  );
}
