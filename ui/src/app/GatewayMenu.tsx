import { useNavigate } from "@tanstack/react-router";
import { Menu, type MenuItem, plain, sentence, StatusDot } from "@/ui/index.ts";
import { opensInBrowser, openWindowInBrowser } from "./browser.ts";
import { copyAddress, useGatewayControl } from "./gatewayControl.ts";
import type { Status } from "./status.ts";

/** The gateway's state in the status bar, and behind it what can be done about it. */
export function GatewayMenu({ status }: { status: Status }) {
  const { order } = useGatewayControl();
  const navigate = useNavigate();
  const { gateway, url } = status;
  const running = gateway.state === "running" || gateway.state === "starting";
  const free = gateway.state === "failed" ? gateway.port_in_use?.free : null;
  const items: MenuItem[] = [
    ...(running
      ? [
          { label: "Stop", onSelect: () => order("stop") },
          { label: "Restart", onSelect: () => order("restart") },
        ]
      : [{ label: "Start", onSelect: () => order("start") }]),
    ...(free != null ? [{ label: `Use port ${free}`, onSelect: () => order({ port: free }) }] : []),
    "separator",
    { label: "Copy address", onSelect: () => void copyAddress(url) },
    ...(opensInBrowser
      ? [{ label: "Open this window in a browser", onSelect: () => void openWindowInBrowser() }]
      : []),
    { label: "Change address or port", onSelect: () => void navigate({ to: "/settings" }) },
  ];
  return (
    <Menu
      side="top"
      trigger={
        <button type="button" className={STATUS_BUTTON}>
          <StatusDot state={gateway.state}>{wordsOf(gateway)}</StatusDot>
        </button>
      }
      items={items}
    />
  );
}

/** A control of the status bar: looks like text until it is pointed at. */
export const STATUS_BUTTON =
  "-mx-1.5 flex h-6 min-w-0 items-center truncate rounded-tag px-1.5 hover:bg-hover focus-visible:-outline-offset-2";

function wordsOf(gateway: Status["gateway"]): string {
  switch (gateway.state) {
    case "running":
      return `Running on ${gateway.address}`;
    case "starting":
      return "Starting";
    case "stopped":
      return "Stopped";
    case "failed":
      return plain(sentence(gateway.message));
  }
}
