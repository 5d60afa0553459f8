import type { components } from "@/api/index.ts";
import { Button, NumberField, plain, sentence, Shape } from "@/ui/index.ts";
import { portUse } from "./choice.ts";
import type { Scan } from "./queries.ts";

interface PortChoiceProps {
  /** `null` while it is not known. */
  port: number | null;
  onChange: (port: number) => void;
  scan: Scan | undefined;
  /** Where the gateway listens already. */
  ownPort: number | null;
  /** The port the gateway could not have. */
  failed: components["schemas"]["PortInUse"] | null | undefined;
  error: string | undefined;
}

/** The gateway's port, whether it is free, and another if it is not. */
export function PortChoice({ port, onChange, scan, ownPort, failed, error }: PortChoiceProps) {
  if (port === null) return null;
  const use = portState(scan, port, ownPort, failed);
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-end gap-3">
        <NumberField
          label="Gateway port"
          required
          min={1}
          max={65_535}
          value={port}
          onChange={(next) => next !== null && onChange(next)}
          error={error && !use.busy ? plain(sentence(error)) : undefined}
        />
      </div>
      <p role="status" className="flex min-h-6 items-center gap-2 text-small">
        {use.busy ? (
          <>
            <Shape name="warn" className="text-warn" />
            <span className="text-warn">
              Port {port} is used by {use.holder}
            </span>
            {use.free !== null && (
              <Button size="sm" onClick={() => use.free !== null && onChange(use.free)}>
                Use {use.free}
              </Button>
            )}
          </>
        ) : (
          <>
            <Shape name="ok" className="text-ok" />
            <span className="text-ink-2">
              {port === ownPort ? "The gateway listens here already" : "free"}
            </span>
          </>
        )}
      </p>
    </div>
  );
}

/** What the gateway found out itself counts more than what the scan saw. */
function portState(
  scan: Scan | undefined,
  port: number,
  ownPort: number | null,
  failed: PortChoiceProps["failed"],
) {
  const seen = portUse(scan, port);
  if (port === ownPort) return { ...seen, busy: false };
  if (failed?.port !== port) return seen;
  const holder = failed.holder ? `${failed.holder.name} (pid ${failed.holder.pid})` : seen.holder;
  return { busy: true, holder, free: failed.free ?? seen.free };
}
