import { connection } from "@/api/index.ts";
import { AfterDelay, Banner, format, useStore } from "@/ui/index.ts";

/** Says that what is on screen may be old, and from when it is. */
export function ConnectionBanner() {
  const { state, since } = useStore(connection);
  if (state !== "lost" && state !== "unreachable") return null;
  return (
    // A gap of a moment is not worth a line that comes and goes.
    <AfterDelay ms={600}>
      <Banner tone="warn">
        {state === "lost"
          ? `Reconnecting… Showing data until ${format.time(since)}.`
          : "The gateway cannot be reached. Check that it is running; this page keeps trying."}
      </Banner>
    </AfterDelay>
  );
}
