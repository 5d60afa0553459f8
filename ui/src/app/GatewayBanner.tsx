import { useLocation } from "@tanstack/react-router";
import { Banner, Button, Prose, sentence } from "@/ui/index.ts";
import { useGatewayControl } from "./gatewayControl.ts";
import { useStatus } from "./status.ts";

/** Why the gateway does not run, with the way out: another port, or another try. */
export function GatewayBanner() {
  const gateway = useStatus()?.gateway;
  const { order, busy } = useGatewayControl();
  const { pathname } = useLocation();
  // The first run asks for the port itself.
  if (gateway?.state !== "failed" || pathname === "/start") return null;
  const free = gateway.port_in_use?.free;
  return (
    <Banner
      tone="err"
      actions={
        <>
          {free != null && (
            <Button size="sm" busy={busy} onClick={() => order({ port: free })}>
              Use {free}
            </Button>
          )}
          <Button size="sm" busy={busy} onClick={() => order("start")}>
            Try again
          </Button>
        </>
      }
    >
      The gateway is not running. <Prose text={sentence(gateway.message)} />
    </Banner>
  );
}
