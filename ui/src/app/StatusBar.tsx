import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useRef, useState } from "react";
import { connection } from "@/api/index.ts";
import {
  cx,
  format,
  plain,
  sentence,
  Shape,
  type RunState,
  StatusDot,
  useStore,
} from "@/ui/index.ts";
import { type Command, useWindowCommands } from "./commands.ts";
import { GatewayMenu, STATUS_BUTTON } from "./GatewayMenu.tsx";
import { RunningProof } from "./RunningProof.tsx";
import { ServicesInTrouble } from "./ServicesInTrouble.tsx";
import { type Status, useStatus } from "./status.ts";
import { StatusWarnings } from "./StatusWarnings.tsx";

// What happens meanwhile can be watched a moment later.
const NotificationBell = lazy(async () => ({
  default: (await import("./NotificationBell.tsx")).NotificationBell,
}));

/** The bar at the bottom. Not a live region, since it changes every second: read out when asked. */
export function StatusBar() {
  const status = useStatus();
  const bar = useRef<HTMLElement>(null);
  const [readOut, setReadOut] = useState("");
  useWindowCommands(
    useMemo<Command[]>(
      () => [
        {
          id: "status.read",
          title: "Read out the status bar",
          group: "Window",
          keys: "Alt+Shift+S",
          words: "screen reader announce",
          run: () => {
            const items = [...(bar.current?.children ?? [])].map((item) => item.textContent);
            // What stands there already would not be read again.
            setReadOut("");
            requestAnimationFrame(() => setReadOut(items.filter(Boolean).join(", ")));
          },
        },
      ],
      [],
    ),
  );
  return (
    <>
      <footer
        ref={bar}
        data-region="status"
        tabIndex={-1}
        className="flex h-[26px] shrink-0 items-center gap-4 overflow-hidden border-t border-line-subtle px-3 text-small whitespace-nowrap text-ink-2"
      >
        {status ? <GatewayMenu status={status} /> : <Connecting />}
        {status && <Figures status={status} />}
        <span className="ml-auto flex items-center gap-4">
          {status && <StatusWarnings warnings={status.warnings} />}
          <RunningProof />
          <Suspense>
            <NotificationBell />
          </Suspense>
        </span>
      </footer>
      <p role="status" aria-label="Status bar" className="sr-only">
        {readOut}
      </p>
    </>
  );
}

function Figures({ status: { traffic, recorder, https } }: { status: Status }) {
  return (
    <>
      <span className="tabular-nums">{format.rate(traffic.per_second)}</span>
      {traffic.error_share != null && (
        <Link
          to="/traffic"
          search={{ q: "is:error" }}
          className={cx(STATUS_BUTTON, "text-inherit tabular-nums no-underline")}
        >
          {format.percent(traffic.error_share)} errors
        </Link>
      )}
      {traffic.p95_us != null && (
        <span className="tabular-nums">p95 {format.duration(traffic.p95_us / 1000)}</span>
      )}
      <ServicesInTrouble />
      {https.state === "failed" && (
        <Link to="/settings" className={cx(STATUS_BUTTON, "gap-1.5 text-warn no-underline")}>
          <Shape name="warn" />
          No HTTPS
        </Link>
      )}
      {recorder.dropped > 0 && (
        <span className="text-warn">{format.plural(recorder.dropped, "request")} not recorded</span>
      )}
      {recorder.dropped_messages > 0 && (
        <span className="text-warn">
          {format.plural(recorder.dropped_messages, "message")} not recorded
        </span>
      )}
      {recorder.degraded && (
        <span className="truncate text-warn">{plain(sentence(recorder.degraded))}</span>
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
