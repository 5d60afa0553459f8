import { useMemo, useState } from "react";
import type { components } from "@/api/index.ts";
import { CodeBlock, format, SegmentedControl } from "@/ui/index.ts";
import { bytesOf, formatJson, hexLines } from "./bodyText.ts";

type CapturedBody = components["schemas"]["CapturedBody"];

/** Longer texts take a browser too long to lay out. */
const MOST_SHOWN = 256 * 1024;

const VIEWS = [
  { value: "formatted", label: "Formatted" },
  { value: "sent", label: "As sent" },
] as const;

/** What was kept of a body, always as text: nothing in it is ever run or loaded. */
export function BodyViewer({ label, body }: { label: string; body: CapturedBody }) {
  const [view, setView] = useState<"formatted" | "sent">("formatted");
  const formatted = useMemo(() => (body.text == null ? null : formatJson(body.text)), [body.text]);
  const hex = useMemo(
    () => (body.base64 == null ? null : hexLines(bytesOf(body.base64))),
    [body.base64],
  );
  const text = hex ?? (view === "formatted" ? (formatted ?? body.text) : body.text);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-ink-2">{describe(body)}</span>
        {formatted !== null && (
          <SegmentedControl label="Show the body" value={view} onChange={setView} options={VIEWS} />
        )}
      </div>
      {body.truncated && text != null && (
        <p className="text-warn">
          {`Only the beginning was kept: ${kept(body)} of ${format.bytes(body.bytes)}.`}
        </p>
      )}
      {text != null && text.length > MOST_SHOWN && (
        <p className="text-ink-2">The copy button gives more than is shown here.</p>
      )}
      {text == null
        ? body.bytes > 0 && <p className="text-ink-3">{whyNothing(body)}</p>
        : text !== "" && <CodeBlock label={label} text={text.slice(0, MOST_SHOWN)} copy={text} />}
    </div>
  );
}

function describe(body: CapturedBody): string {
  if (body.bytes === 0) return "No body.";
  const parts = [
    format.bytes(body.bytes),
    body.content_type ?? "no content type",
    body.content_encoding != null && `sent as ${body.content_encoding}, shown decoded`,
    body.base64 != null && "not text, shown as hex",
  ];
  return parts.filter(Boolean).join(" · ");
}

function kept(body: CapturedBody): string {
  const size =
    body.base64 == null
      ? new TextEncoder().encode(body.text ?? "").length
      : bytesOf(body.base64).length;
  return `${format.bytes(size)}${body.content_encoding == null ? "" : " decoded"}`;
}

function whyNothing(body: CapturedBody): string {
  if (body.content_encoding == null) return "Nothing of it was kept.";
  return `Nothing of it was kept: secrets in a body sent as ${body.content_encoding} cannot be masked.`;
}
