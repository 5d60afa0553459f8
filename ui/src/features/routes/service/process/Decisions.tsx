import { format, Prose, sentence } from "@/ui/index.ts";
import type { ProcessState } from "./processText.ts";

const SHOWN = 6;

/** The newest decisions about how many instances there should be, newest first. */
export function Decisions({ decisions }: { decisions: ProcessState["decisions"] }) {
  if (decisions.length === 0) return null;
  return (
    <ol aria-label="Scale decisions" className="flex flex-col gap-1 text-small">
      {decisions
        .slice(-SHOWN)
        .toReversed()
        .map((one) => (
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
  );
}
