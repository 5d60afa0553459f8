import { useStatus } from "@/app/status.ts";
import { CopyButton } from "@/ui/index.ts";
import { SettingsSection } from "./SettingsSection.tsx";

/** Where things are kept, and which version this is. */
export function AboutSettings() {
  const status = useStatus();
  if (!status) return null;
  return (
    <SettingsSection title="About">
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] items-center gap-x-6 gap-y-1.5">
        <dt className="text-ink-2">Version</dt>
        <dd>
          Gatewright {status.version}
          {status.shell === "headless" ? ", headless" : ""}
        </dd>
        <Place label="Data folder" path={status.data_dir} />
        {status.config_file && <Place label="Configuration file" path={status.config_file} />}
        <dt className="text-ink-2">Gateway</dt>
        <dd className="flex min-w-0 items-center gap-1">
          <code className="min-w-0 font-mono text-code break-all">{status.url}</code>
          <CopyButton label="Copy the gateway’s address" text={status.url} />
        </dd>
        <dt className="text-ink-2">Licence</dt>
        <dd>Apache-2.0 or MIT, as you prefer</dd>
      </dl>
      <p className="text-small text-ink-3">
        Configuration, keys and log never leave this machine. Keys are kept as fingerprints only.
      </p>
    </SettingsSection>
  );
}

function Place({ label, path }: { label: string; path: string }) {
  return (
    <>
      <dt className="text-ink-2">{label}</dt>
      <dd className="flex min-w-0 items-center gap-1">
        <code className="min-w-0 font-mono text-code break-all">{path}</code>
        <CopyButton label={`Copy the path of the ${label.toLowerCase()}`} text={path} />
      </dd>
    </>
  );
}
