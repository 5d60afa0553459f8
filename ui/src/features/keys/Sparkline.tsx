import { format } from "@/ui/index.ts";

const BAR_PX = 4;
const HEIGHT_PX = 20;

interface SparklineProps {
  /** One number an hour, the present hour last. */
  hourly: readonly number[];
}

/** Requests an hour over the last day, as bars. What they say is in the columns beside. */
export function Sparkline({ hourly }: SparklineProps) {
  const most = Math.max(1, ...hourly);
  const total = hourly.reduce((sum, requests) => sum + requests, 0);
  const busiest = `busiest hour ${format.plural(Math.max(0, ...hourly), "request")}`;
  return (
    <svg
      role="img"
      aria-label={total === 0 ? "No requests in 24 hours" : `24 hours, ${busiest}`}
      width={hourly.length * BAR_PX}
      height={HEIGHT_PX}
      className="block"
    >
      {hourly.map((requests, hour) => {
        const height = requests === 0 ? 1 : Math.max(2, (requests / most) * HEIGHT_PX);
        return (
          <rect
            // oxlint-disable-next-line react/no-array-index-key -- an hour is known by its place
            key={hour}
            x={hour * BAR_PX}
            y={HEIGHT_PX - height}
            width={BAR_PX - 1}
            height={height}
            className={requests === 0 ? "fill-line" : "fill-stage-upstream"}
          />
        );
      })}
    </svg>
  );
}
