import { Badge, format } from "@/ui/index.ts";
import type { ApiKey } from "./queries.ts";

/** Whether a key is good. */
export function KeyStatus({ apiKey }: { apiKey: ApiKey }) {
  const ended = endOf(apiKey);
  if (ended === null) {
    return (
      <Badge tone="ok" shape="ok">
        good
      </Badge>
    );
  }
  return (
    <span title={format.dateTime(ended.at_us / 1000)}>
      <Badge tone="neutral" shape="stopped">
        {ended.how}
      </Badge>
    </span>
  );
}

/** How and when a key ended; `null` while it is good. */
export function endOf({ revoked_at_us, expires_at_us }: ApiKey) {
  if (revoked_at_us != null) return { how: "revoked", at_us: revoked_at_us };
  if (expires_at_us != null && expires_at_us <= Date.now() * 1000) {
    return { how: "expired", at_us: expires_at_us };
  }
  return null;
}
