import type { ConfigInForce, Problem } from "@/api/index.ts";
import { Banner, NumberField, TextField } from "@/ui/index.ts";
import { CallerLimits } from "./CallerLimits.tsx";
import { ConfigForm } from "./ConfigForm.tsx";
import { HttpsSettings } from "./HttpsSettings.tsx";
import type { Listen } from "./listen.ts";

/** Where callers reach the gateway, and how much they may send. */
export function GatewaySettings({ inForce }: { inForce: ConfigInForce }) {
  return (
    <ConfigForm title="Gateway" part="listen" inForce={inForce} instead={freePort}>
      {({ value, set, error }) => (
        <>
          <div className="flex flex-wrap gap-4">
            <TextField
              label="Address"
              mono
              className="w-56"
              value={value.address}
              onChange={(address) => set({ address })}
              error={error("address")}
              help="127.0.0.1 is this machine only; 0.0.0.0 lets others in."
            />
            <NumberField
              label="Port"
              required
              min={1}
              max={65_535}
              value={value.port}
              onChange={(port) => port !== null && set({ port })}
              error={error("port")}
            />
          </div>
          {isOpenToOthers(value.address) && (
            <Banner tone="warn">
              Other machines can reach the gateway at this address, and through it the services
              behind it.
            </Banner>
          )}
          <HttpsSettings listen={value} set={set} error={error} />
          <CallerLimits listen={value} set={set} error={error} />
        </>
      )}
    </ConfigForm>
  );
}

/** A port to take where the one that was wanted is taken. */
function freePort({ document }: Problem, { https }: Listen) {
  const { port, free } = document?.port_in_use ?? {};
  if (free == null) return null;
  return {
    label: `Use ${free}`,
    change: https?.port === port ? { https: { port: free } } : { port: free },
  };
}

/** Whether an address, once it is typed to its end, is not this machine's alone. */
function isOpenToOthers(address: string): boolean {
  const complete = /^\d+\.\d+\.\d+\.\d+$|^[\da-f]*:[\da-f:.]+$/i.test(address);
  return complete && !/^(127\.|::1$)/.test(address);
}
