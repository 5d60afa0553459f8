import { Badge, format } from "@/ui/index.ts";
import type { ApiKey } from "./queries.ts";

/** Whether a key is good. */
export function KeyStatus({ apiKey: { revoked_at_us } }: { apiKey: ApiKey }) {
  if (revoked_at_us == null) {
    return (
      <Badge tone="ok" shape="ok">
        good
      </Badge>
    );
  }
  return (
    <span title={format.dateTime(revoked_at_us / 1000)}>
      <Badge tone="neutral" shape="stopped">
        revoked
      </Badge>
    </span>
  );
}
