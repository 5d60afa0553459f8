import { lazy, Suspense, useMemo, useState } from "react";
import { type components, inDesktop } from "@/api/index.ts";
import { Download } from "lucide-react";
import { CodeBlock, format, IconButton, saveFile, SegmentedControl, Skeleton } from "@/ui/index.ts";
import { type BodyKind, bodyKind, mismatch, type Part } from "./bodyKind.ts";
import { bytesOf, MOST_LINE, shortLines } from "./bodyText.ts";
import { HtmlPreview } from "./body/HtmlPreview.tsx";
import { type BodyOf, useSaveBody } from "./body/large/queries.ts";
import { ProtobufView } from "./body/ProtobufView.tsx";
import { HexView } from "./HexView.tsx";
import { MOST_SHOWN } from "./queries.ts";
import { ImageView } from "./ImageView.tsx";
import { JsonTree } from "./JsonTree.tsx";
import { jsonTree } from "./jsonTree.ts";

type CapturedBody = components["schemas"]["CapturedBody"];

type View = "tree" | "formatted" | "sent" | "fields" | "parts" | "image" | "page" | "hex";

const VIEWS: Record<View, string> = {
  tree: "Tree",
  formatted: "Formatted",
  sent: "As sent",
  fields: "Fields",
  parts: "Parts",
  image: "Image",
  page: "As a page",
  hex: "Hex",
};

// Few bodies are so large.
const LargeBody = lazy(async () => ({
  default: (await import("./body/large/LargeBody.tsx")).LargeBody,
}));

interface BodyViewerProps {
  label: string;
  of: BodyOf;
  body: CapturedBody;
}

/** What was kept of a body, by what it is. Nothing in it is ever run or loaded. */
export function BodyViewer({ label, of, body }: BodyViewerProps) {
  // Of a large one only the beginning is here.
  if (body.kept_bytes == null) return <WholeBody label={label} body={body} />;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-ink-2">{describe(body)}</span>
        <SaveBody label={label} of={of} body={body} />
      </div>
      <Truncated body={body} />
      <Suspense fallback={<Skeleton />}>
        <LargeBody label={label} of={of} body={body} />
      </Suspense>
    </div>
  );
}

function SaveBody({ label, of, body }: BodyViewerProps) {
  const saving = useSaveBody(of, fileName(label, body));
  return (
    <IconButton
      size="sm"
      label={inDesktop ? `Save ${label.toLowerCase()} in downloads` : saveLabel(label)}
      icon={<Download size={14} aria-hidden="true" />}
      onClick={() => saving.mutate()}
    />
  );
}

function Truncated({ body }: { body: CapturedBody }) {
  if (!body.truncated || (body.text ?? body.base64) == null) return null;
  return (
    <p className="text-warn">
      {`Only the beginning was kept: ${kept(body)} of ${format.bytes(body.bytes)}.`}
    </p>
  );
}

const saveLabel = (label: string) => `Save ${label.toLowerCase()} as a file`;

function WholeBody({ label, body }: { label: string; body: CapturedBody }) {
  const kind = useMemo(() => bodyKind(body), [body]);
  const views = viewsOf(kind);
  const [chosen, choose] = useState<View | null>(null);
  const view = views.find((each) => each === chosen) ?? views[0];
  const wrong = mismatch(body, kind);
  return (
    <div className="flex flex-col gap-2">
      <div className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="text-ink-2">{describe(body)}</span>
        {views.length > 1 && view && (
          <SegmentedControl
            label="Show the body"
            value={view}
            onChange={choose}
            options={views.map((value) => ({ value, label: VIEWS[value] }))}
          />
        )}
        {view !== undefined && !inDesktop && (
          <IconButton
            size="sm"
            label={saveLabel(label)}
            icon={<Download size={14} aria-hidden="true" />}
            onClick={() => save(label, body)}
          />
        )}
      </div>
      {wrong !== null && <p className="text-warn">{wrong}</p>}
      <Truncated body={body} />
      {view === undefined
        ? body.bytes > 0 && <p className="text-ink-3">{whyNothing(body)}</p>
        : shown({ label, body, kind, view })}
    </div>
  );
}

function viewsOf(kind: BodyKind): View[] {
  switch (kind.kind) {
    case "none":
      return [];
    case "json":
      return ["formatted", "tree", "sent"];
    case "image":
      return ["image", "hex"];
    case "svg":
      return ["sent", "image"];
    case "xml":
      return ["formatted", "sent"];
    case "html":
      return ["sent", "page"];
    case "protobuf":
      return ["fields", "hex"];
    case "form":
      return ["fields", "sent"];
    case "multipart":
      return ["parts", "sent"];
    case "text":
      return ["sent"];
    case "bytes":
      return ["hex"];
  }
}

interface Shown {
  label: string;
  body: CapturedBody;
  kind: BodyKind;
  view: View;
}

function shown({ label, body, kind, view }: Shown) {
  if (view === "tree" && kind.kind === "json") return <Tree label={label} text={kind.formatted} />;
  if (view === "formatted" && (kind.kind === "json" || kind.kind === "xml")) {
    return <Text label={label} text={kind.formatted} />;
  }
  if (view === "image" && kind.kind === "image") {
    return <ImageView label={label} content={copyOf(kind.bytes)} type={kind.type} />;
  }
  if (view === "image" && body.text != null) {
    return <ImageView label={label} content={body.text} type="image/svg+xml" />;
  }
  if (view === "page" && body.text != null) return <HtmlPreview label={label} text={body.text} />;
  if (kind.kind === "protobuf") {
    if (view === "fields") return <ProtobufView label={label} messages={kind.messages} />;
    return <HexView label={label} bytes={kind.bytes} />;
  }
  if (view === "fields" && kind.kind === "form") return <Fields label={label} pairs={kind.pairs} />;
  if (view === "parts" && kind.kind === "multipart") {
    return <Parts label={label} parts={kind.parts} />;
  }
  if (body.text != null) return <Text label={label} text={body.text} />;
  const bytes = kind.kind === "bytes" || kind.kind === "image" ? kind.bytes : null;
  return <HexView label={label} bytes={bytes ?? bytesOf(body.base64 ?? "")} />;
}

/** Offers what was kept as a file. */
function save(label: string, body: CapturedBody): void {
  const content = body.text ?? new Blob([copyOf(bytesOf(body.base64 ?? ""))]);
  saveFile(fileName(label, body), content, essence(body));
}

const essence = ({ content_type }: CapturedBody) =>
  (content_type ?? "").split(";", 1)[0]?.trim() || "application/octet-stream";

/** With the ending that its type has. */
function fileName(label: string, body: CapturedBody): string {
  const [, ending = "bin"] = /\/(?:x-|vnd\.[\w.]*|.*\+)?([a-z0-9]+)$/i.exec(essence(body)) ?? [];
  const known = ENDINGS[ending] ?? (body.text == null ? "bin" : ending === "bin" ? "txt" : ending);
  return `${label.toLowerCase().replaceAll(" ", "-")}.${known}`;
}

const ENDINGS: Record<string, string> = {
  plain: "txt",
  javascript: "js",
  jpeg: "jpg",
  svg: "svg",
  png: "png",
  gif: "gif",
  webp: "webp",
  pdf: "pdf",
  zip: "zip",
};

/** Its own memory, as a `Blob` wants it. */
const copyOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

function Tree({ label, text }: { label: string; text: string }) {
  const root = useMemo(() => jsonTree(text), [text]);
  if (root === null) return <p className="text-ink-3">It is too deep to be shown as a tree.</p>;
  return <JsonTree label={label} root={root} />;
}

function Text({ label, text }: { label: string; text: string }) {
  const { shown: short, cut } = useMemo(() => shortLines(text.slice(0, MOST_SHOWN)), [text]);
  const isLonger = text.length > MOST_SHOWN || cut;
  return (
    <>
      {isLonger && (
        <p className="text-ink-2">
          {cut
            ? `Lines are shown up to ${format.count(MOST_LINE)} characters. The copy button gives all.`
            : "The copy button gives more than is shown here."}
        </p>
      )}
      <CodeBlock label={label} text={short} copy={text} maxHeight={560} />
    </>
  );
}

function Fields({
  label,
  pairs,
}: {
  label: string;
  pairs: readonly (readonly [string, string])[];
}) {
  return (
    <table aria-label={label} className="w-full table-fixed border-collapse">
      <colgroup>
        <col className="w-[200px]" />
        <col />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th>Field</th>
          <th>Value</th>
        </tr>
      </thead>
      <tbody className="font-mono text-code">
        {pairs.map(([name, value], at) => (
          // Fields of one name may repeat; they never move.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={at} className="border-b border-line-subtle align-top last:border-b-0">
            <td className="py-0.5 pr-3 break-words text-ink-3">{name}</td>
            <td className="py-0.5 break-all text-ink">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Characters of a part that are shown. */
const PART_SHOWN = 4096;

function Parts({ label, parts }: { label: string; parts: readonly Part[] }) {
  return (
    <ol aria-label={label} className="flex flex-col gap-2">
      {parts.map((part, at) => (
        // Parts never move, and need no names.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={at} className="flex flex-col gap-1 border-l-2 border-line-subtle pl-3">
          <p>
            <span className="font-mono text-code font-medium">{part.name ?? `Part ${at + 1}`}</span>
            <span className="text-ink-3">
              {[
                part.fileName !== null && ` · file ${part.fileName}`,
                part.contentType !== null && ` · ${part.contentType}`,
                ` · ${format.bytes(part.text.length)}`,
              ]
                .filter(Boolean)
                .join("")}
            </span>
          </p>
          <pre className="max-h-40 overflow-auto font-mono text-code break-all whitespace-pre-wrap">
            {part.text.slice(0, PART_SHOWN)}
            {part.text.length > PART_SHOWN && "…"}
          </pre>
        </li>
      ))}
    </ol>
  );
}

function describe(body: CapturedBody): string {
  if (body.bytes === 0) return "No body.";
  const coded = body.content_encoding != null;
  const decoded = body.decoded_bytes == null ? "" : `, ${format.bytes(body.decoded_bytes)} decoded`;
  const parts = [
    format.bytes(body.bytes),
    body.content_type ?? "no content type",
    coded && `sent as ${body.content_encoding}, shown decoded${decoded}`,
    body.utf_16 != null && "sent in UTF-16",
    body.base64 != null && "not text",
  ];
  return parts.filter(Boolean).join(" · ");
}

function kept(body: CapturedBody): string {
  const here = () =>
    body.base64 == null
      ? new TextEncoder().encode(body.text ?? "").length
      : bytesOf(body.base64).length;
  const size = body.kept_bytes ?? here();
  return `${format.bytes(size)}${body.content_encoding == null ? "" : " decoded"}`;
}

function whyNothing(body: CapturedBody): string {
  if (body.content_encoding == null) return "Nothing of it was kept.";
  return `Nothing of it was kept: secrets in a body sent as ${body.content_encoding} cannot be masked.`;
}
