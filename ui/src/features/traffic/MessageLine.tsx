import { ArrowDown, ArrowUp, ChevronDown, ChevronRight } from "lucide-react";
import { CodeBlock, cx, format, Tag } from "@/ui/index.ts";
import { bytesOf, formatJson, hexLines } from "./bodyText.ts";
import type { Message } from "./useMessages.ts";

/** Characters of a message that its line shows. */
const PREVIEW = 120;
/** Longer texts take a browser too long to lay out. */
const MOST_SHOWN = 256 * 1024;

interface MessageLineProps {
  message: Message;
  isOpen: boolean;
  onToggle: () => void;
}

/** A message: its direction, kind, beginning, size and time, and where it is open, all of it. */
export function MessageLine({ message, isOpen, onToggle }: MessageLineProps) {
  const toService = message.direction === "to_service";
  const Arrow = toService ? ArrowUp : ArrowDown;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <>
      <button
        type="button"
        data-open
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex min-h-7 w-full items-center gap-2 px-1 text-left hover:bg-hover focus-visible:-outline-offset-2"
      >
        <Chevron size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
        <span
          className={cx(
            "flex w-24 shrink-0 items-center gap-1",
            toService ? "text-info" : "text-ok",
          )}
        >
          <Arrow size={14} aria-hidden="true" />
          {toService ? "to service" : "to caller"}
        </span>
        <Tag>{message.kind}</Tag>
        <span className="min-w-0 flex-1 truncate font-mono text-code">{preview(message)}</span>
        <span className="shrink-0 font-mono text-code text-ink-3 tabular-nums">
          {format.bytes(message.bytes)}
        </span>
        <span className="w-20 shrink-0 text-right font-mono text-code text-ink-3 tabular-nums">
          {`+${format.duration(message.at_us / 1000)}`}
        </span>
      </button>
      {isOpen && <Content message={message} />}
    </>
  );
}

function Content({ message }: { message: Message }) {
  const text = whole(message);
  return (
    <div className="flex flex-col gap-1 pt-1 pb-3 pl-7">
      <p className="text-ink-2">{describe(message)}</p>
      {text !== "" && (
        <CodeBlock
          label={`Message ${message.number}`}
          text={text.slice(0, MOST_SHOWN)}
          copy={text}
          maxHeight={360}
        />
      )}
    </div>
  );
}

function preview({ kind, text, base64, close_code, event, truncated, bytes }: Message): string {
  if (kind === "close") return [close_code ?? "no code", text].filter(Boolean).join(" ");
  const name = event == null ? "" : `${event}: `;
  if (text != null) return name + text.slice(0, PREVIEW).replaceAll(/\s+/g, " ");
  if (base64 != null) return "not text";
  return name + (truncated && bytes > 0 ? "not kept" : "");
}

function whole({ text, base64 }: Message): string {
  if (text != null) return formatJson(text) ?? text;
  return base64 == null ? "" : hexLines(bytesOf(base64));
}

function describe(message: Message): string {
  const { close_code, event, event_id, truncated, base64, text } = message;
  const parts = [
    `${format.bytes(message.bytes)} as it passed`,
    close_code != null && `closed with code ${close_code}`,
    event != null && `event ${event}`,
    event_id != null && `id ${event_id}`,
    base64 != null && "not text, shown as hex",
    truncated && (text ?? base64) != null && "only the beginning was kept",
    truncated && (text ?? base64) == null && "nothing of it was kept",
  ];
  return parts.filter(Boolean).join(" · ");
}
