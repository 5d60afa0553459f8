import { Link } from "@tanstack/react-router";
import { format } from "@/ui/index.ts";
import { filterFor } from "../links.ts";
import { type ChartData, times } from "./series.ts";

interface PointTableProps {
  label: string;
  data: ChartData;
  show: (value: number) => string;
  /** The filter of all rows of the chart. */
  filter: string;
}

/** The points of a chart as rows, the latest first; each leads to its requests. */
export function PointTable({ label, data, show, filter }: PointTableProps) {
  const points = times(data).map((from, index) => ({ from, index }));
  return (
    // A region that scrolls has to be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section tabIndex={0} aria-label={label} className="max-h-64 overflow-auto">
      <table className="w-full border-collapse text-small tabular-nums">
        <thead>
          <tr className="text-ink-3">
            <th scope="col" className="sticky top-0 bg-surface py-1 pr-3 text-left font-normal">
              From
            </th>
            {data.series.map(({ label: name }) => (
              <th
                key={name}
                scope="col"
                className="sticky top-0 bg-surface py-1 pr-3 text-right font-normal"
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map(({ from, index }) => (
            <tr key={from} className="border-t border-line-subtle">
              <th scope="row" className="py-1 pr-3 text-left font-normal whitespace-nowrap">
                <Link
                  to="/traffic"
                  search={{ q: filterFor([filter], { from, to: from + data.step }) }}
                  className="text-accent-ink"
                >
                  {format.time(from * 1000)}
                </Link>
              </th>
              {data.series.map(({ label: name, values }) => {
                const value = values[index];
                return (
                  <td key={name} className="py-1 pr-3 text-right">
                    {value === null || value === undefined ? "–" : show(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
