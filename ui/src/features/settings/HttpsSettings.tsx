import { Link } from "@tanstack/react-router";
import { useStatus } from "@/app/status.ts";
import { Banner, CopyButton, NumberField, Prose, sentence, Switch } from "@/ui/index.ts";
import { localUrl } from "./localUrl.ts";
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
          <p className="pt-7">
            <Link to="/settings/certificate">Trust the certificate…</Link>
          </p>
        </div>
      )}
      <HttpsNow />
    </div>
  );
}

/** Where HTTPS is served at this moment, or why it is not. */
function HttpsNow() {
  const https = useStatus()?.https;
  if (https?.state === "failed") {
    return (
      <Banner tone="warn">
        HTTPS is not served. <Prose text={sentence(https.message)} />
      </Banner>
    );
  }
  if (https?.state !== "running") return null;
  const url = localUrl(https.address);
  return (
    <p className="flex items-center gap-1 pl-10 text-ink-2">
      Served at <code className="font-mono text-code">{url}</code>
      <CopyButton label="Copy the address for HTTPS" text={url} />
    </p>
  );
}
