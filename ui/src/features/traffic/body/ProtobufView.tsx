import { format } from "@/ui/index.ts";
import { hexLines } from "../bodyText.ts";
import type { Field, Message } from "./protobuf.ts";

/** Characters of a text and bytes of a field that are shown. */
const MOST = 4096;

interface ProtobufViewProps {
  label: string;
  messages: readonly Message[];
}

/** The fields of messages whose schema is not known, by their numbers. */
export function ProtobufView({ label, messages }: ProtobufViewProps) {
  return (
    <div
      role="region"
      aria-label={label}
      // A region that scrolls must be reachable with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="max-h-[60vh] overflow-auto rounded-control border border-line-subtle bg-sunken px-2.5 py-2 font-mono text-code focus-visible:-outline-offset-2"
    >
      {messages.map(({ compressed, bytes, fields }, at) => (
        // Messages never move.
        // oxlint-disable-next-line react/no-array-index-key
        <section key={at} aria-label={`Message ${at + 1}`} className="pb-2 last:pb-0">
          {messages.length > 1 && (
            <p className="text-ink-3">{`Message ${at + 1} · ${format.bytes(bytes.length)}`}</p>
          )}
          {compressed && <p className="text-ink-3">Compressed:</p>}
          {fields === null ? <Bytes bytes={bytes} /> : <Fields fields={fields} />}
        </section>
      ))}
    </div>
  );
}

function Fields({ fields }: { fields: readonly Field[] }) {
  if (fields.length === 0) return <p className="text-ink-3">Empty: every field has its default.</p>;
  return (
    <ul>
      {fields.map(({ number, value }, at) => (
        // Fields never move, and their numbers may repeat.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={at} className="pl-2">
          <span className="pr-2 text-info">{`${number}:`}</span>
          <Value value={value} />
        </li>
      ))}
    </ul>
  );
}

function Value({ value }: { value: Field["value"] }) {
  switch (value.kind) {
    case "number":
      return (
        <span>
          {value.text} <span className="text-ink-3">{value.wire}</span>
        </span>
      );
    case "text":
      return (
        <span className="break-all whitespace-pre-wrap text-ok">
          {JSON.stringify(value.text.slice(0, MOST))}
          {value.text.length > MOST && "…"}
        </span>
      );
    case "message":
      return (
        <div className="border-l border-line-subtle">
          <Fields fields={value.fields} />
        </div>
      );
    case "bytes":
      return <Bytes bytes={value.bytes} />;
  }
}

function Bytes({ bytes }: { bytes: Uint8Array }) {
  return (
    <>
      <span className="text-ink-3">{format.bytes(bytes.length)}</span>
      <pre className="overflow-x-auto">{hexLines(bytes.subarray(0, MOST))}</pre>
    </>
  );
}
