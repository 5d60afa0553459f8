import { useState } from "react";
import { Banner, CodeBlock, Prose, SegmentedControl, Skeleton } from "@/ui/index.ts";
import { type CurlVariant, useCurl } from "./queries.ts";

const STORAGE_KEY = "gatewright.curl";
const SHELLS: readonly { value: CurlVariant; label: string }[] = [
  { value: "posix", label: "sh" },
  { value: "powershell", label: "PowerShell" },
  { value: "cmd", label: "cmd" },
];

/** The command that sends the request again, with secrets as variables, for a shell to choose. */
export function CurlTab({ id }: { id: string }) {
  const [variant, setVariant] = useState(readVariant);
  const { data, error } = useCurl(id, variant);
  const choose = (next: CurlVariant) => {
    setVariant(next);
    localStorage.setItem(STORAGE_KEY, next);
  };
  return (
    <div className="flex flex-col items-start gap-3 p-3">
      <SegmentedControl label="Shell" value={variant} onChange={choose} options={SHELLS} />
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
            <CodeBlock label="cURL" text={data.command} />
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
  return SHELLS.find(({ value }) => value === saved)?.value ?? "posix";
}
