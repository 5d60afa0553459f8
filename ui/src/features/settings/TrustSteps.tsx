import { useState } from "react";
import { useStatus } from "@/app/status.ts";
import { CodeBlock, SegmentedControl } from "@/ui/index.ts";
import { localUrl } from "./localUrl.ts";
import { type Authority, type System, systemOf, type TrustStep, trustSteps } from "./trustSteps.ts";

/** What to do by hand on each system, and how to take it back. */
export function TrustSteps({ authority }: { authority: Authority }) {
  const [system, setSystem] = useState<System>(() => systemOf(navigator.userAgent));
  return (
    <>
      <SegmentedControl
        label="System"
        value={system}
        onChange={setSystem}
        options={[
          { value: "linux", label: "Linux" },
          { value: "macos", label: "macOS" },
          { value: "windows", label: "Windows" },
        ]}
      />
      {trustSteps(system, authority).map((step) => (
        <Step key={`${system} ${step.title}`} step={step} />
      ))}
      <section className="flex flex-col gap-1">
        <h3 className="text-strong">Firefox</h3>
        <p className="text-ink-2">
          It keeps a list of its own. Settings → Privacy &amp; Security → View Certificates →
          Authorities → Import, choose the file above and tick “Trust this CA to identify websites”.
          To undo, select “{authority.name}” there and press Delete or Distrust.
        </p>
      </section>
      <OneProgram path={authority.path} />
    </>
  );
}

function Step({ step: { title, note, trust, undo } }: { step: TrustStep }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2">
      <h3 className="text-strong">{title}</h3>
      {note && <p className="text-ink-2">{note}</p>}
      <CodeBlock label="Trust" text={trust} />
      <CodeBlock label="Undo" text={undo} />
    </section>
  );
}

function OneProgram({ path }: { path: string }) {
  const https = useStatus()?.https;
  const url = localUrl(https?.state === "running" ? https.address : ":8443");
  return (
    <section className="flex flex-col gap-2">
      <h3 className="text-strong">One call only, without trusting it anywhere</h3>
      <CodeBlock label="curl" text={`curl --cacert "${path}" ${url}`} />
      <CodeBlock label="Node.js" text={`NODE_EXTRA_CA_CERTS="${path}" node app.js`} />
    </section>
  );
}
