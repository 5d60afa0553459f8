import { Link } from "@tanstack/react-router";
import { connection } from "@/api/index.ts";
import { format, type RunState, StatusDot, useStore } from "@/ui/index.ts";
import { type Status, useStatus } from "./status.ts";

/** The bar at the bottom. Not a live region: it changes every second. */
export function StatusBar() {
  const status = useStatus();
  return (
    <footer
      data-region="status"
      tabIndex={-1}
      className="flex h-[26px] shrink-0 items-center gap-4 overflow-hidden border-t border-line-subtle px-3 text-small whitespace-nowrap text-ink-2"
    >
      {status ? <Gateway gateway={status.gateway} /> : <Connecting />}
      {status && <Figures status={status} />}
    </footer>
  );
}

function Gateway({ gateway }: { gateway: Status["gateway"] }) {
  switch (gateway.state) {
    case "running":
      return <StatusDot state="running">{`Running on ${gateway.address}`}</StatusDot>;
    case "starting":
      return <StatusDot state="starting">Starting</StatusDot>;
    case "stopped":
      return <StatusDot state="stopped">Stopped</StatusDot>;
    case "failed":
      return <StatusDot state="failed">{gateway.message}</StatusDot>;
  }
}

function Figures({ status: { traffic, recorder } }: { status: Status }) {
  return (
    <>
      <span className="tabular-nums">{format.rate(traffic.per_second)}</span>
      {traffic.error_share != null && (
        <Link
          to="/traffic"
          search={{ q: "is:error" }}
          className="text-inherit tabular-nums no-underline hover:underline"
        >
          {format.percent(traffic.error_share)} errors
        </Link>
      )}
      {traffic.p95_us != null && (
        <span className="tabular-nums">p95 {format.duration(traffic.p95_us / 1000)}</span>
      )}
      {recorder.dropped > 0 && (
        <span className="text-warn">{format.plural(recorder.dropped, "request")} not recorded</span>
      )}
    </>
  );
}

const LOOKS = {
  connecting: ["starting", "Connecting"],
  open: ["starting", "Connecting"],
  unreachable: ["failed", "No connection"],
  lost: ["failed", "Reconnecting"],
  "signed-out": ["failed", "Signed out"],
} as const satisfies Record<string, readonly [RunState, string]>;

function Connecting() {
  const [state, words] = LOOKS[useStore(connection).state];
  return <StatusDot state={state}>{words}</StatusDot>;
}
