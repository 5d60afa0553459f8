import { WrapText } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button.tsx";
import { CopyButton } from "./CopyButton.tsx";
import { cx } from "./cx.ts";

interface CodeBlockProps {
  /** What the text is: "cURL", "Response body". */
  label: string;
  text: string;
  /** What to copy, when that differs from what is shown (a masked secret). */
  copy?: string | (() => string);
  /** Pixels before it scrolls; grows with its content unless said. */
  maxHeight?: number;
}

/** Text a machine reads, as written, with a copy button. Scrolls both ways; wraps on demand. */
export function CodeBlock({ label, text, copy, maxHeight }: CodeBlockProps) {
  const [wrap, setWrap] = useState(false);
  return (
    <figure className="min-w-0 overflow-hidden rounded-control border border-line-subtle bg-sunken">
      <figcaption className="flex h-7 items-center gap-1 border-b border-line-subtle pr-0.5 pl-2.5 text-small text-ink-3">
        <span className="flex-1 truncate">{label}</span>
        <IconButton
          size="sm"
          label="Wrap lines"
          pressed={wrap}
          icon={<WrapText size={14} aria-hidden="true" />}
          onClick={() => setWrap(!wrap)}
        />
        <CopyButton text={copy ?? text} label={`Copy ${label}`} />
      </figcaption>
      {/* A region that scrolls must be reachable with the keyboard. */}
      <pre
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        role="region"
        aria-label={label}
        style={maxHeight === undefined ? undefined : { maxHeight }}
        className={cx(
          "overflow-auto px-2.5 py-2 text-code focus-visible:-outline-offset-2",
          wrap ? "break-all whitespace-pre-wrap" : "whitespace-pre",
        )}
      >
        {text}
      </pre>
    </figure>
  );
}
