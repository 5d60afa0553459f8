import type { Service } from "@/api/index.ts";
import { Banner, Select, Switch, TextField } from "@/ui/index.ts";
import type { ServicePartProps } from "./ServicePart.ts";
import { usesTls } from "./serviceText.ts";

/** The version of HTTP the targets speak, and how those over TLS are trusted. */
export function ProtocolFields({ service, onChange, issues }: ServicePartProps) {
  const { tls } = service;
  const set = (change: Partial<Service["tls"]>) =>
    onChange({ ...service, tls: { ...tls, ...change } });
  return (
    <>
      <Select
        label="Protocol"
        value={service.protocol}
        onChange={(protocol) => onChange({ ...service, protocol })}
        options={[
          {
            value: "auto",
            label: "Automatic",
            hint: "HTTP/1.1; over https:// what the target chooses",
          },
          { value: "http1", label: "HTTP/1.1" },
          { value: "http2", label: "HTTP/2", hint: "Over http:// without asking first; for gRPC" },
        ]}
        error={issues.at("protocol")}
      />
      {!usesTls(service) && (
        <p className="text-small text-ink-3">
          The rest is for targets over https://. This service has none.
        </p>
      )}
      <TextField
        label="File with authorities to trust"
        mono
        placeholder="/etc/ssl/my-ca.pem"
        value={tls.ca_file ?? ""}
        onChange={(file) => set({ ca_file: file === "" ? null : file })}
        error={issues.at("tls.ca_file")}
        help="Certificates in PEM form, on the machine the gateway runs on. Empty: the system's authorities."
      />
      <TextField
        label="Name in the certificate"
        mono
        placeholder="the host of the target's URL"
        value={tls.server_name ?? ""}
        onChange={(name) => set({ server_name: name === "" ? null : name })}
        error={issues.at("tls.server_name")}
        help="Asked for and looked for in the target's certificate."
      />
      <Switch
        label="Trust any certificate"
        checked={tls.skip_verify}
        onChange={(skip_verify) => set({ skip_verify })}
      />
      {tls.skip_verify && (
        <Banner tone="warn">
          The certificates of these targets are not checked: anyone between here and there can read
          and change everything.
        </Banner>
      )}
    </>
  );
}
