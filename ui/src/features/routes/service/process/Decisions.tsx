import { useState } from "react";
import { Button, format, Prose, sentence } from "@/ui/index.ts";
import type { ProcessState } from "./processText.ts";

/** How many are shown at first. */
const SHOWN = 3;

/** The newest decisions about how many instances there should be, newest first. */
export function Decisions({ decisions }: { decisions: ProcessState["decisions"] }) {
  const [all, setAll] = useState(false);
  if (decisions.length === 0) return null;
  const shown = all ? decisions : decisions.slice(-SHOWN);
  const more = decisions.length - shown.length;
  return (
    <div className="flex flex-col items-start gap-1.5">
      <ol aria-label="Scale decisions" className="flex flex-col gap-1 text-small">
        {shown.toReversed().map((one) => (
          <li key={`${one.at_us} ${one.to}`} className="flex gap-3">
            <time className="shrink-0 text-ink-3 tabular-nums">
              {format.time(one.at_us / 1000)}
            </time>
            <span className="w-12 shrink-0 font-medium tabular-nums">
              {one.from} → {one.to}
            </span>
            <span className="min-w-0 text-ink-2">
              <Prose text={sentence(one.because)} />
              {one.panicking && " A burst: the short window decides."}
            </span>
          </li>
        ))}
      </ol>
      {more > 0 && (
        <Button size="sm" onClick={() => setAll(true)}>
          {`Show ${format.plural(more, "older decision")}`}
        </Button>
      )}
    </div>
  );
}
