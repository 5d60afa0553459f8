import { Link } from "@tanstack/react-router";
import { format } from "@/ui/index.ts";
import { Figure } from "./chart/Figure.tsx";
import { filterFor } from "./links.ts";
import type { Usage } from "./queries.ts";
import { week, type WeekCell } from "./week.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** 10: when in the week requests come. A table: each cell says its number. */
export function WeekHeatmap({ usage, filter }: { usage: Usage; filter: string }) {
  const days = week(usage.total, usage.since_us / 1_000_000, usage.step_s);
  const cells = days.flatMap((day) => day);
  const most = Math.max(1, ...cells.map(({ requests }) => requests));
  const all = cells.reduce((sum, { requests }) => sum + requests, 0);
  return (
    <Figure
      wide
      title="Hour and weekday"
      summary={
        all === 0
          ? "No requests in the last four weeks."
          : `${format.plural(all, "request")} in the last four weeks, by local time; a number leads to the latest such hour.`
      }
    >
      <div className="overflow-x-auto">
        <table
          aria-label="Requests by hour and weekday"
          className="w-full min-w-160 table-fixed border-collapse text-code-small tabular-nums"
        >
          <thead>
            <tr className="text-ink-3">
              <th scope="col" className="w-10 text-left font-normal">
                Day
              </th>
              {HOURS.map((hour) => (
                <th key={hour} scope="col" className="font-normal">
                  {String(hour).padStart(2, "0")}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day, index) => (
              <tr key={DAYS[index]}>
                <th scope="row" className="py-0.5 text-left font-normal text-ink-2">
                  {DAYS[index]}
                </th>
                {day.map((cell, hour) => (
                  <td key={HOURS[hour]} className="relative p-px text-center">
                    <Hour cell={cell} most={most} filter={filter} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Figure>
  );
}

function Hour({ cell, most, filter }: { cell: WeekCell; most: number; filter: string }) {
  if (cell.latest === null) return <span className="text-ink-3">·</span>;
  const span = { from: cell.latest, to: cell.latest + 3600 };
  return (
    <Link
      to="/traffic"
      search={{ q: filterFor([filter], span) }}
      className="relative block rounded-tag py-0.5 text-ink no-underline hover:underline"
    >
      <span
        aria-hidden="true"
        className="absolute inset-0 rounded-tag bg-stage-upstream"
        // No more than what text on it can be read over.
        style={{ opacity: 0.06 + 0.24 * Math.sqrt(cell.requests / most) }}
      />
      <span className="relative">{short(cell.requests)}</span>
    </Link>
  );
}

/** A number that fits the cell. */
function short(value: number): string {
  if (value < 1000) return String(value);
  return value < 10_000 ? `${(value / 1000).toFixed(1)}k` : `${Math.round(value / 1000)}k`;
}
