import { type KeyboardEvent, useState } from "react";
import { type Config, Problem, type Route } from "@/api/index.ts";
import {
  Badge,
  Banner,
  Button,
  CodeBlock,
  format,
  Select,
  StatusBadge,
  TextArea,
  TextField,
} from "@/ui/index.ts";
import { PartLanes } from "@/forms/aggregate/PartLanes.tsx";
import { examplePath } from "../matching/matchText.ts";
import { type Previewed, usePreview } from "./queries.ts";

interface PreviewProps {
  route: Route;
  /** The whole configuration with the route as it stands in the form. */
  draft: Config;
  /** Whether something is wrong with the route, so that there is no answer to make. */
  wrong: boolean;
}

/** Makes the answer, as it stands in the form, with the real services. */
export function Preview({ route, draft, wrong }: PreviewProps) {
  const methods = route.match.methods.length > 0 ? route.match.methods : ["GET", "POST"];
  const [method, setMethod] = useState(methods[0] ?? "GET");
  const [typed, setTyped] = useState<string | null>(null);
  const [body, setBody] = useState("");
  const preview = usePreview();
  const url = typed ?? examplePath(route.match) ?? "/";
  const changes = route.aggregate?.parts.some((part) => part.method !== "GET") ?? false;
  const make = () => {
    if (wrong || preview.isPending) return;
    const sent = method === "GET" || body === "" ? {} : { body };
    preview.mutate({ config: draft, route: route.name, method, url, ...sent });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.target instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    make();
  };
  return (
    <section
      aria-label="Preview of the answer"
      className="relative flex flex-col gap-2 border-t border-line-subtle pt-3"
    >
      <h4 className="text-body font-medium">Preview</h4>
      <p className="text-small text-ink-3">
        Asks the real services for the answer as it stands here, saved or not.
        {changes && " Parts that are no GET are sent all the same, and may change something."}
      </p>
      {/* Enter in a field asks, as in a form; this one stands within a form already. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div className="flex flex-wrap items-end gap-2" onKeyDown={onKeyDown}>
        <Select
          label="Method of the request"
          hideLabel
          narrow
          value={method}
          onChange={setMethod}
          options={methods.map((one) => ({ value: one, label: one }))}
        />
        <TextField
          label="Path of the request"
          hideLabel
          mono
          className="min-w-40 flex-1"
          value={url}
          onChange={setTyped}
        />
        <Button
          variant="primary"
          busy={preview.isPending}
          disabledReason={wrong ? "Something is wrong above." : undefined}
          onClick={make}
        >
          Make the answer
        </Button>
      </div>
      {method !== "GET" && (
        <TextArea label="Body of the request" mono rows={3} value={body} onChange={setBody} />
      )}
      {preview.error && (
        <Banner tone="err">
          {preview.error instanceof Problem ? preview.error.message : String(preview.error)}
        </Banner>
      )}
      {preview.data && <Result previewed={preview.data} />}
    </section>
  );
}

function Result({ previewed }: { previewed: Previewed }) {
  const { status, completed, parts, body, took_us, headers } = previewed;
  const incomplete = headers.find(({ name }) => name === "x-gateway-incomplete")?.value;
  return (
    <div className="flex flex-col gap-2">
      <p role="status" className="flex flex-wrap items-center gap-2">
        <StatusBadge status={status} />
        {completed ? (
          <Badge tone="ok" shape="ok">
            complete
          </Badge>
        ) : (
          <Badge tone="warn" shape="warn">
            incomplete
          </Badge>
        )}
        <span className="text-ink-2">{`in ${format.duration(took_us / 1000)}`}</span>
        {incomplete !== undefined && (
          <span className="text-ink-2">
            missing: <code className="font-mono text-code">{incomplete}</code>
          </span>
        )}
      </p>
      <PartLanes parts={parts} whole={took_us} />
      <CodeBlock label="The answer" text={pretty(body)} maxHeight={320} />
      {previewed.body_truncated && (
        <p className="text-small text-ink-3">It goes on; this is the beginning.</p>
      )}
    </div>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
