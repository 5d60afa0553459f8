import { ChevronDown, ChevronUp } from "lucide-react";
import type { components } from "@/api/index.ts";
import { format, IconButton, Spinner, TextField } from "@/ui/index.ts";

interface FindInBodyProps {
  text: string;
  onText: (text: string) => void;
  found: components["schemas"]["FoundInBody"] | undefined;
  isLooking: boolean;
  error: string | null;
  /** To the next place (1) or the one before (-1). */
  onStep: (step: 1 | -1) => void;
}

/** Looks for a text in a large body: Enter goes on, Shift+Enter back. */
export function FindInBody(props: FindInBodyProps) {
  const { text, onText, found, isLooking, error, onStep } = props;
  const none = (found?.count ?? 0) === 0;
  const reason = none ? "Nothing is found to go to." : undefined;
  return (
    <div role="search" aria-label="In this body" className="flex items-center gap-1">
      <TextField
        label="Find in this body"
        hideLabel
        placeholder="Find in this body"
        className="w-52"
        value={text}
        maxLength={1000}
        onChange={onText}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          onStep(event.shiftKey ? -1 : 1);
        }}
      />
      <IconButton
        size="sm"
        label="Place before"
        disabledReason={reason}
        icon={<ChevronUp size={14} aria-hidden="true" />}
        onClick={() => onStep(-1)}
      />
      <IconButton
        size="sm"
        label="Next place"
        disabledReason={reason}
        icon={<ChevronDown size={14} aria-hidden="true" />}
        onClick={() => onStep(1)}
      />
      <span role="status" className="min-w-16 text-small text-ink-2 tabular-nums">
        {error ?? (isLooking ? <Spinner /> : said(text, found))}
      </span>
    </div>
  );
}

function said(text: string, found: FindInBodyProps["found"]): string {
  if (text === "" || !found) return "";
  if (!found.hit) return "Not found";
  return `${format.count(found.hit.nth + 1)} of ${format.count(found.count)}`;
}
