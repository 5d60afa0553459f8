import { Download } from "lucide-react";
import { inDesktop } from "@/api/index.ts";
import { Banner, Button, CodeBlock, CopyButton, saveFile, Skeleton } from "@/ui/index.ts";
import { useYaml } from "./queries.ts";

/** The configuration in force, as the file that `gatewright serve --config` runs. */
export function YamlView() {
  const { data, error } = useYaml();
  if (error && data === undefined) return <Banner tone="err">{error.message}</Banner>;
  if (data === undefined) return <Skeleton />;
  return (
    <div className="flex h-full flex-col gap-3 overflow-y-auto p-4">
      <div className="flex flex-wrap items-center gap-2">
        <p className="min-w-90 flex-1 text-ink-2">
          The whole configuration, without API keys. Run it elsewhere with{" "}
          <code className="inline-block font-mono text-code">
            gatewright serve --config gatewright.yaml
          </code>
          .
        </p>
        <div className="flex gap-2">
          <CopyButton wide size="md" variant="secondary" label="Copy" text={data} />
          {/* The desktop's webview has no downloads. */}
          {!inDesktop && (
            <Button
              icon={<Download size={14} aria-hidden="true" />}
              onClick={() => saveFile("gatewright.yaml", data, "application/yaml")}
            >
              Download
            </Button>
          )}
        </div>
      </div>
      {/* As long as the file is: this view scrolls. */}
      <div className="shrink-0">
        <CodeBlock label="gatewright.yaml" text={data} />
      </div>
    </div>
  );
}
