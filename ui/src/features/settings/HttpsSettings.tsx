import { NumberField, Switch } from "@/ui/index.ts";
import type { ListenFieldsProps } from "./listen.ts";

/** HTTPS beside HTTP. */
export function HttpsSettings({ listen: { https, port }, set, error }: ListenFieldsProps) {
  return (
    <div className="flex flex-col gap-3">
      <Switch
        label="HTTPS too"
        help="With a certificate for localhost and *.localhost from an authority of this machine's own, made when it is first needed."
        checked={https != null}
        onChange={(on) => set({ https: on ? { port: port === 8443 ? 8444 : 8443 } : null })}
      />
      {https != null && (
        <div className="flex flex-wrap items-start gap-x-6 gap-y-3 pl-10">
          <NumberField
            label="HTTPS port"
            required
            min={1}
            max={65_535}
            value={https.port}
            onChange={(next) => next !== null && set({ https: { port: next } })}
            error={error("https.port") ?? error("https")}
          />
        </div>
      )}
    </div>
  );
}
