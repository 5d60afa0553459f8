import { connection } from "@/api/index.ts";
import { type RunState, StatusDot, useStore } from "@/ui/index.ts";

const LOOKS = {
  connecting: ["starting", "Connecting"],
  open: ["running", "Connected"],
  unreachable: ["failed", "No connection"],
  lost: ["failed", "Reconnecting"],
  "signed-out": ["failed", "Signed out"],
} as const satisfies Record<string, readonly [RunState, string]>;

/** The bar at the bottom. Not a live region: it changes every second. */
export function StatusBar() {
  const [state, words] = LOOKS[useStore(connection).state];
  return (
    <footer
      data-region="status"
      tabIndex={-1}
      className="flex h-[26px] shrink-0 items-center gap-4 border-t border-line-subtle px-3 text-small text-ink-2"
    >
      <StatusDot state={state}>{words}</StatusDot>
    </footer>
  );
}
