import { Play, Square } from "lucide-react";
import { Button } from "@/ui/index.ts";
import { useGatewayControl } from "./gatewayControl.ts";
import { useStatus } from "./status.ts";

/** Starts and stops the gateway. */
export function GatewaySwitch() {
  const state = useStatus()?.gateway.state;
  const { order, busy } = useGatewayControl();
  if (state === undefined) return null;
  const running = state === "running" || state === "starting";
  const Icon = running ? Square : Play;
  return (
    <Button
      size="sm"
      busy={busy || state === "starting"}
      icon={<Icon size={10} fill="currentColor" aria-hidden="true" />}
      aria-label={running ? "Stop the gateway" : "Start the gateway"}
      onClick={() => order(running ? "stop" : "start")}
    >
      {running ? "Stop" : "Start"}
    </Button>
  );
}
