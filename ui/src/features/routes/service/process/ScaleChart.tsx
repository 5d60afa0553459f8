import { format } from "@/ui/index.ts";
import type { ProcessState } from "./processText.ts";

interface ScaleChartProps {
  history: ProcessState["history"];
  decisions: ProcessState["decisions"];
  max: number;
}

const WIDTH = 640;
const HEIGHT = 96;

/** Requests and instances over the last minutes; a line where another number was decided on. */
export function ScaleChart({ history, decisions, max }: ScaleChartProps) {
  const first = history[0];
  const last = history.at(-1);
  if (!first || !last || history.length < 2) return null;
  const span = Math.max(last.at_us - first.at_us, 1);
  const x = (at: number) => ((at - first.at_us) / span) * WIDTH;
  const mostRequests = Math.max(1, ...history.map(({ in_flight }) => in_flight));
  const mostInstances = Math.max(1, max);
  const y = (share: number) => HEIGHT - 2 - share * (HEIGHT - 6);
  const requests = history.map(
    (one) => `${x(one.at_us).toFixed(1)},${y(one.in_flight / mostRequests).toFixed(1)}`,
  );
  const ready = history.flatMap((one, at) => {
    const level = y(one.ready / mostInstances).toFixed(1);
    const next = history[at + 1];
    const here = `${x(one.at_us).toFixed(1)},${level}`;
    return next ? [here, `${x(next.at_us).toFixed(1)},${level}`] : [here];
  });
  const changes = decisions.filter(({ at_us }) => at_us >= first.at_us);
  const said = `Up to ${format.plural(mostRequests, "request")} at once, now ${format.plural(last.ready, "instance")} of at most ${max}, ${format.plural(changes.length, "decision")}`;
  return (
    <figure className="flex flex-col gap-1">
      <figcaption className="flex flex-wrap gap-x-4 text-small text-ink-2">
        <span>
          <span
            aria-hidden="true"
            className="mr-1 inline-block h-2 w-3 bg-stage-upstream opacity-40"
          />
          Requests at once, up to {format.count(mostRequests)}
        </span>
        <span>
          <span aria-hidden="true" className="mr-1 inline-block h-0.5 w-3 bg-accent align-middle" />
          Instances ready, at most {format.count(max)}
        </span>
        <span className="ml-auto text-ink-3">
          last {format.duration(Math.round(span / 1e6) * 1000)}
        </span>
      </figcaption>
      <svg
        role="img"
        aria-label={said}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-24 w-full rounded-control border border-line-subtle bg-sunken"
      >
        {changes.map((one) => (
          <line
            key={one.at_us}
            x1={x(one.at_us)}
            x2={x(one.at_us)}
            y1={0}
            y2={HEIGHT}
            strokeDasharray="2 3"
            vectorEffect="non-scaling-stroke"
            className="stroke-line-control"
          />
        ))}
        <polygon
          points={`0,${HEIGHT} ${requests.join(" ")} ${WIDTH},${HEIGHT}`}
          className="fill-stage-upstream opacity-40"
        />
        <polyline
          points={ready.join(" ")}
          fill="none"
          strokeWidth={2}
          vectorEffect="non-scaling-stroke"
          className="stroke-accent"
        />
      </svg>
    </figure>
  );
}
