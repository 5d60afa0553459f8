import { useEffect, useRef, useState } from "react";
import { Button, cx, format, TextField, useDebounced } from "@/ui/index.ts";
import { useOutput } from "./queries.ts";
import type { OutputLine } from "./processText.ts";

const STREAMS = { stdout: "", stderr: "text-err", gatewright: "text-ink-3 italic" };

/** What the program writes, as it writes it. */
export function OutputView({ service }: { service: string }) {
  const [text, setText] = useState("");
  const [stderr, setStderr] = useState(false);
  const page = useOutput(service, { text: useDebounced(text, 200), stderr });
  return (
    <section aria-label="Output" className="flex flex-col gap-2">
      <div className="flex flex-wrap items-end gap-3">
        <TextField
          label="Search the output"
          hideLabel
          className="min-w-48 flex-1"
          placeholder="Search the output"
          value={text}
          onChange={setText}
        />
        <Button size="sm" aria-pressed={stderr} onClick={() => setStderr(!stderr)}>
          Standard error only
        </Button>
      </div>
      {page && <Lines lines={page.lines} searched={text !== "" || stderr} />}
      {page && page.not_kept > 0 && (
        <p className="text-small text-warn">
          {format.plural(page.not_kept, "line was", "lines were")} written faster than they could be
          kept.
        </p>
      )}
    </section>
  );
}

/** The newest lines in sight, unless a person has scrolled to older ones. */
function Lines({ lines, searched }: { lines: readonly OutputLine[]; searched: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const newest = lines.at(-1)?.seq;
  useEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
    // New lines make it longer.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [follows, newest]);
  if (lines.length === 0) {
    return (
      <p className="text-small text-ink-3">
        {searched ? "No line has that." : "It has not written anything yet."}
      </p>
    );
  }
  return (
    <div
      ref={box}
      role="log"
      aria-label="Output of the program"
      aria-live="off"
      // Scrolled by keyboard too.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        setFollows(scrollHeight - scrollTop - clientHeight < 8);
      }}
      className="max-h-72 overflow-y-auto rounded-control border border-line-subtle bg-sunken px-3 py-2 font-mono text-code"
    >
      {lines.map((line) => (
        <div key={line.seq} className="flex gap-3">
          <time className="shrink-0 text-ink-3 tabular-nums">{format.time(line.at_us / 1000)}</time>
          <span className="w-6 shrink-0 text-right text-ink-3 tabular-nums">
            {line.instance === 0 ? "" : line.instance}
          </span>
          <span className={cx("min-w-0 break-all whitespace-pre-wrap", STREAMS[line.stream])}>
            {line.text}
          </span>
        </div>
      ))}
    </div>
  );
}
