import { useState } from "react";
import type { Exchange } from "@/live/exchange.ts";
import { Banner, CodeBlock, Prose, SegmentedControl, Select, Skeleton } from "@/ui/index.ts";
import { type CurlTo, type CurlVariant, useCurl } from "./queries.ts";

const STORAGE_KEY = "gatewright.curl";
const LANGUAGES: readonly { value: CurlVariant; label: string; is: string }[] = [
  { value: "posix", label: "cURL in sh", is: "cURL" },
  { value: "powershell", label: "cURL in PowerShell", is: "cURL" },
  { value: "cmd", label: "cURL in cmd", is: "cURL" },
  { value: "httpie", label: "HTTPie", is: "HTTPie" },
  { value: "fetch", label: "JavaScript, fetch", is: "JavaScript" },
  { value: "python", label: "Python", is: "Python" },
  { value: "k6", label: "k6", is: "k6" },
];

/**
 * What sends the request again, in a shell's or a language's words, with secrets as variables: through
 * the gateway, or straight to the target that answered.
 */
export function CurlTab({ exchange }: { exchange: Exchange }) {
  const [variant, setVariant] = useState(readVariant);
  const [wanted, setTo] = useState<CurlTo>("gateway");
  const to = exchange.target == null ? "gateway" : wanted;
  const { data, error } = useCurl(exchange.id, variant, to);
  const choose = (next: CurlVariant) => {
    setVariant(next);
    localStorage.setItem(STORAGE_KEY, next);
  };
  return (
    <div className="flex flex-col items-start gap-3 p-3">
      <div className="flex flex-wrap items-center gap-3">
        <Select
          label="Language"
          hideLabel
          narrow
          value={variant}
          onChange={choose}
          options={LANGUAGES}
        />
        {exchange.target != null && (
          <SegmentedControl
            label="Sent to"
            value={to}
            onChange={setTo}
            options={[
              { value: "gateway", label: "Through the gateway" },
              { value: "target", label: "Straight to the service" },
            ]}
          />
        )}
      </div>
      {to === "target" && (
        <p className="text-ink-2">
          As <code className="font-mono text-code">{exchange.target}</code> got it. What is
          different in its answer is the gateway&apos;s doing.
        </p>
      )}
      {error ? (
        <Banner tone="err">{error.message}</Banner>
      ) : !data ? (
        <Skeleton />
      ) : (
        <>
          {data.variables.length > 0 && (
            <p className="text-ink-2">
              <Prose
                text={`The log holds no secrets. Set ${data.variables.map((name) => `\`${name}\``).join(" and ")} before you run it.`}
              />
            </p>
          )}
          <div className="w-full">
            <CodeBlock
              label={LANGUAGES.find(({ value }) => value === variant)?.is ?? "cURL"}
              text={data.command}
            />
          </div>
          {data.notes.map((note) => (
            <p key={note} className="text-ink-2">
              <Prose text={note} />
            </p>
          ))}
        </>
      )}
    </div>
  );
}

function readVariant(): CurlVariant {
  const saved = localStorage.getItem(STORAGE_KEY);
  return LANGUAGES.find(({ value }) => value === saved)?.value ?? "posix";
}
