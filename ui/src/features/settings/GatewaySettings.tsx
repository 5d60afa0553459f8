import type { ConfigInForce, Problem } from "@/api/index.ts";
import { Banner, NumberField, SizeField, TextField } from "@/ui/index.ts";
import { ConfigForm } from "./ConfigForm.tsx";

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
          <SizeField
            label="Largest request body"
            placeholder="no limit"
            value={value.max_request_body_bytes ?? null}
            onChange={(max_request_body_bytes) => set({ max_request_body_bytes })}
            error={error("max_request_body_bytes")}
            help="Larger ones are answered 413. Empty: no limit."
          />
        </>
      )}
    </ConfigForm>
  );
}

/** A port to take where the one that was wanted is taken. */
function freePort({ document }: Problem) {
  const port = document?.port_in_use?.free;
  return port == null ? null : { label: `Use ${port}`, change: { port } };
}

/** Whether an address, once it is typed to its end, is not this machine's alone. */
function isOpenToOthers(address: string): boolean {
  const complete = /^\d+\.\d+\.\d+\.\d+$|^[\da-f]*:[\da-f:.]+$/i.test(address);
  return complete && !/^(127\.|::1$)/.test(address);
}
