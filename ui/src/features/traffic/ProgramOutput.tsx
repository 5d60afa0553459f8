import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, SquareTerminal } from "lucide-react";
import { useId, useState } from "react";
import { answer, api, Problem, queryKeys } from "@/api/index.ts";
import { Button, format, OutputLines } from "@/ui/index.ts";
import { type ProgramSpan, programSpans } from "./programSpans.ts";
import type { Detail } from "./queries.ts";

/** How many lines are shown here; all of them are with the service. */
const MOST = 100;
const AGAIN_MS = 1000;

/** What the programs behind a request wrote while it ran. */
export function ProgramOutput({ detail }: { detail: Detail }) {
  const failed = (detail.summary.status ?? 0) >= 500;
  return programSpans(detail).map((span) => (
    <Written key={`${detail.summary.id} ${span.service}`} span={span} failed={failed} />
  ));
}

/** Folded, unless the request failed: then it is what one looks for. */
function Written({ span, failed }: { span: ProgramSpan; failed: boolean }) {
  const { data, isGone } = useWritten(span);
  const [open, setOpen] = useState(failed);
  const navigate = useNavigate();
  const id = useId();
  // The service is gone by now, or has no program any more.
  if (!data || isGone) return null;
  const { service, instance } = span;
  const { lines, more } = data;
  const many = lines.length === 0 ? "no line" : format.plural(lines.length, "line");
  const Chevron = open ? ChevronDown : ChevronRight;
  const all = () => {
    const output = `${span.fromUs}-${span.toUs ?? Date.now() * 1000}`;
    void navigate({ to: "/routes", search: { sel: `service:${service}`, output } });
  };
  return (
    <section aria-label={`Output of ${service} meanwhile`} className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <h3 className="min-w-0 flex-1">
          <button
            type="button"
            aria-expanded={open}
            aria-controls={id}
            onClick={() => setOpen(!open)}
            className="flex max-w-full items-center gap-1.5 text-left text-ink-2 hover:text-ink"
          >
            <Chevron size={14} aria-hidden="true" className="shrink-0 text-ink-3" />
            <span className="min-w-0 break-words">
              <span className="text-strong text-ink">Output</span>
              {` of ${instance === null ? "" : `instance ${instance} of `}`}
              <code className="font-mono text-code">{service}</code>
              {` meanwhile: ${more ? `more than ${many}` : many}`}
            </span>
          </button>
        </h3>
        <Button size="sm" icon={<SquareTerminal size={14} aria-hidden="true" />} onClick={all}>
          All output at this time
        </Button>
      </div>
      <div id={id} hidden={!open}>
        {open && lines.length > 0 && (
          <OutputLines label={`Lines that ${service} wrote`} lines={lines} />
        )}
        {open && lines.length === 0 && (
          <p className="pl-5 text-small text-ink-3">
            It wrote nothing while this request ran, or it is not kept any more.
          </p>
        )}
      </div>
    </section>
  );
}

/** The lines of a span; read again until it is over. */
function useWritten({ service, instance, fromUs, toUs }: ProgramSpan) {
  const { data, error } = useQuery({
    queryKey: [...queryKeys.exchanges, "output", service, instance, fromUs, toUs],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/services/{name}/process/output", {
          params: {
            path: { name: service },
            query: {
              limit: MOST,
              from_us: fromUs,
              ...(toUs !== null && { to_us: toUs }),
              ...(instance !== null && { instance }),
            },
          },
          signal,
        }),
      ),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => {
      const over = toUs !== null && state.dataUpdatedAt * 1000 > toUs;
      return over || state.error ? false : AGAIN_MS;
    },
  });
  return { data, isGone: error instanceof Problem };
}
