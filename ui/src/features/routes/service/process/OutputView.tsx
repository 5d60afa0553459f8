import { useNavigate, useSearch } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { exactTerm, momentText, withTime } from "@/live/filterText.ts";
import { Button, format, OutputLines, TextField, useDebounced } from "@/ui/index.ts";
import { type Span, spanOf } from "./outputSpan.ts";
import { useOutput } from "./queries.ts";

/** So long before a line a request has begun that may be the reason for it, and so long after. */
const BEFORE_US = 5_000_000;
const AFTER_US = 1_000_000;
/** How many lines more are shown at a time, and at most. */
const STEP = 300;
const MOST = 1000;
/** Pixels above what is brought into sight. */
const MARGIN = 12;

/** What the program writes, as it writes it; or what it wrote in a stretch of time. */
export function OutputView({ service }: { service: string }) {
  const [text, setText] = useState("");
  const [stderr, setStderr] = useState(false);
  const [limit, setLimit] = useState(STEP);
  const { span, showAll, section } = useSpan();
  const page = useOutput(service, { text: useDebounced(text, 200), stderr, span, limit });
  const requests = useRequestsOf(service);
  const narrowed = text !== "" || stderr || span !== null;
  return (
    <section ref={section} aria-label="Output" className="flex flex-col gap-2">
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
      {span && (
        <p className="flex flex-wrap items-center gap-2 text-small text-ink-2">
          {`From ${format.timeOfDay(span.fromUs / 1000)} to ${format.timeOfDay(span.toUs / 1000)} of ${format.day(span.fromUs / 1000)}`}
          <Button size="sm" icon={<X size={12} aria-hidden="true" />} onClick={showAll}>
            Show all output
          </Button>
        </p>
      )}
      {page?.more && limit < MOST && (
        <Button size="sm" className="self-start" onClick={() => setLimit(MOST)}>
          Show older lines
        </Button>
      )}
      {page && page.lines.length === 0 && (
        <p className="text-small text-ink-3">
          {narrowed ? "No line has that." : "It has not written anything yet."}
        </p>
      )}
      {page && page.lines.length > 0 && (
        <OutputLines
          label="Output of the program"
          lines={page.lines}
          follows={span === null}
          onTime={{
            label: (time) => `Requests at ${time}`,
            act: ({ at_us }) => requests(at_us - BEFORE_US, at_us + AFTER_US),
          }}
        />
      )}
      {page && page.lines.length > 0 && (
        <p className="flex flex-wrap items-center gap-2 text-small text-ink-3">
          A line’s time leads to the requests of that time.
          {span && (
            <Button size="sm" onClick={() => requests(span.fromUs - BEFORE_US, span.toUs)}>
              Requests of this time
            </Button>
          )}
        </p>
      )}
      {page && page.not_kept > 0 && (
        <p className="text-small text-warn">
          {format.plural(page.not_kept, "line was", "lines were")} written faster than they could be
          kept.
        </p>
      )}
    </section>
  );
}

/** The stretch of time that the address names: the output is brought into sight for it. */
function useSpan() {
  const { output } = useSearch({ from: "/routes" });
  const navigate = useNavigate({ from: "/routes" });
  const section = useRef<HTMLElement>(null);
  const span: Span | null = spanOf(output);
  useEffect(() => {
    if (output) scrollTo(section.current);
  }, [output]);
  const showAll = useCallback(
    () => void navigate({ search: (others) => ({ ...others, output: "" }), replace: true }),
    [navigate],
  );
  return { span, showAll, section };
}

/** Brings it to the top of what it is scrolled in, and moves nothing around that. */
function scrollTo(element: HTMLElement | null) {
  let around = element?.parentElement;
  while (around && getComputedStyle(around).overflowY !== "auto") around = around.parentElement;
  if (!element || !around) return;
  const { top } = around.getBoundingClientRect();
  around.scrollTop += element.getBoundingClientRect().top - top - MARGIN;
}

/** Leads to the requests for a service that began in a stretch of time. */
function useRequestsOf(service: string) {
  const navigate = useNavigate();
  return (fromUs: number, toUs: number) => {
    const q = withTime(exactTerm("service", service), momentText(fromUs), momentText(toUs));
    void navigate({ to: "/traffic", search: { q } });
  };
}
