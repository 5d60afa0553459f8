import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { cx, format } from "@/ui/index.ts";
import { Figure } from "./chart/Figure.tsx";
import { Swatch } from "./chart/TimeChart.tsx";
import { errorShare, showUs } from "./charts.ts";
import { exactly, filterFor, whose } from "./links.ts";
import type { Usage, UsageGroup } from "./queries.ts";
import { requestsOf } from "./requests.ts";
import { Spark } from "./Spark.tsx";

interface ListProps {
  usage: Usage;
  /** The filter of all rows. */
  filter: string;
}

const span = (usage: Usage) => ({
  from: usage.since_us / 1_000_000,
  to: usage.until_us / 1_000_000,
});

/** 7: where the load is. */
export function TopRoutes({ usage, filter }: ListProps) {
  const routes = usage.groups.filter(({ figures }) => figures.requests > 0);
  return (
    <Figure
      wide
      title="Routes"
      summary={
        routes.length === 0
          ? "No requests in this time."
          : `${format.plural(routes.length, "route")} with requests${usage.more_groups > 0 ? `, and ${format.count(usage.more_groups)} more` : ""}; the last request of each, whenever it was.`
      }
    >
      <Table
        label="Routes"
        roomy="Over time"
        head={["Route", "Requests", "Errors", "p95", "Sent back", "Over time", "Last request"]}
      >
        {routes.map((group) => {
          const { requests, total, response_bytes: bytes } = group.figures;
          const term = whose("route", group.name);
          return (
            <tr key={group.name ?? ""} className="border-t border-line-subtle hover:bg-hover">
              <RowHead q={filterFor([filter, term], span(usage))}>
                {group.name ?? "no route"}
              </RowHead>
              <Num>{format.count(requests)}</Num>
              <Num>
                <span className={cx((errorShare(group) ?? 0) > 0.05 && "font-medium text-err")}>
                  {format.percent(errorShare(group) ?? 0)}
                </span>
              </Num>
              <Num>
                <span
                  className={cx(total.n < 20 && "text-ink-3")}
                  title={`of ${format.plural(total.n, "request")}`}
                >
                  {total.p95_us == null ? "–" : showUs(total.p95_us)}
                </span>
              </Num>
              <Num>{format.bytes(bytes)}</Num>
              <Drawn values={requestsOf(group)} />
              <Num>{ago(group)}</Num>
            </tr>
          );
        })}
      </Table>
    </Figure>
  );
}

/** 5: who is being stopped. */
export function StoppedKeys({ usage, filter }: ListProps) {
  const stopped = usage.groups
    .map((group) => ({
      group,
      limited: group.figures.outcomes.limited,
      refused: group.figures.outcomes.unauthenticated,
    }))
    .filter(({ limited, refused }) => limited + refused > 0)
    .toSorted((a, b) => b.limited + b.refused - a.limited - a.refused);
  const most = Math.max(1, ...stopped.map(({ limited, refused }) => limited + refused));
  const sum = (of: "limited" | "refused") => stopped.reduce((all, one) => all + one[of], 0);
  return (
    <Figure
      wide
      title="429 and 401 by key"
      summary={
        stopped.length === 0
          ? "Nobody was stopped by a limit or refused for a credential."
          : `${format.plural(sum("limited"), "request")} stopped by a limit, ${format.count(sum("refused"))} refused for a credential.`
      }
    >
      <Table label="429 and 401 by key" head={["Key", "Both", "429", "401"]}>
        {stopped.slice(0, 12).map(({ group, limited, refused }) => {
          const name = group.label ?? group.name;
          const term = whose("key", group.label);
          const when = span(usage);
          return (
            <tr key={group.name ?? ""} className="border-t border-line-subtle hover:bg-hover">
              <RowHead q={filterFor([filter, term, "status:401,429"], when)}>
                {name ?? "no known key"}
              </RowHead>
              <td aria-label={format.count(limited + refused)} className="w-1/2 py-1 pr-3">
                <div aria-hidden="true" className="flex h-3">
                  <span className="bg-chart-429" style={{ width: `${(limited / most) * 100}%` }} />
                  <span className="bg-chart-4xx" style={{ width: `${(refused / most) * 100}%` }} />
                </div>
              </td>
              <Num>
                <Rows q={filterFor([filter, term, "is:limited"], when)}>
                  {format.count(limited)}
                </Rows>
              </Num>
              <Num>
                <Rows q={filterFor([filter, term, "status:401"], when)}>
                  {format.count(refused)}
                </Rows>
              </Num>
            </tr>
          );
        })}
      </Table>
      {stopped.length > 0 && (
        <p className="flex gap-3 pl-1 text-small text-ink-2">
          <span className="inline-flex items-center gap-1.5">
            <Swatch token="chart-429" /> 429
          </span>
          <span className="inline-flex items-center gap-1.5">
            <Swatch token="chart-4xx" /> 401
          </span>
        </p>
      )}
    </Figure>
  );
}

/** 9: which target flaps. */
export function Targets({ usage, filter }: ListProps) {
  const targets = usage.groups.filter(({ name, figures }) => name && figures.requests > 0);
  const failing = targets.filter(({ figures }) => figures.outcomes.server_error > 0).length;
  return (
    <Figure
      wide
      title="Targets"
      summary={
        targets.length === 0
          ? "Nothing was sent on in this time."
          : failing === 0
            ? `${format.plural(targets.length, "target")}, none with 5xx.`
            : `${format.count(failing)} of ${format.plural(targets.length, "target")} had 5xx. Each cell is a stretch of time.`
      }
    >
      <Table label="Targets" head={["Target", "Over time", "Requests", "5xx", "Retries", "p95"]}>
        {targets.map((group) => {
          const { requests, outcomes, retries, upstream } = group.figures;
          const q = filterFor([filter, exactly("upstream", group.name)], span(usage));
          return (
            <tr key={group.name} className="border-t border-line-subtle hover:bg-hover">
              <RowHead q={q}>
                <span className="font-mono text-code">{group.name}</span>
              </RowHead>
              <td
                aria-label={`${format.percent(outcomes.server_error / requests)} 5xx`}
                className="w-2/5 py-1 pr-3"
              >
                <States group={group} />
              </td>
              <Num>{format.count(requests)}</Num>
              <Num>
                <Rows q={`${q} status:5xx`}>{format.count(outcomes.server_error)}</Rows>
              </Num>
              <Num>
                <Rows q={`${q} is:retried`}>{format.count(retries)}</Rows>
              </Num>
              <Num>{upstream.p95_us == null ? "–" : showUs(upstream.p95_us)}</Num>
            </tr>
          );
        })}
      </Table>
      {targets.length > 0 && (
        <p className="flex flex-wrap gap-3 pl-1 text-small text-ink-2">
          <Key className="h-3 bg-chart-2xx">no 5xx</Key>
          <Key className="h-2 bg-chart-4xx">some 5xx</Key>
          <Key className="h-1 bg-chart-5xx">half or more 5xx</Key>
        </p>
      )}
    </Figure>
  );
}

function Key({ className, children }: { className: string; children: ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden="true" className={cx("inline-block w-2", className)} />
      {children}
    </span>
  );
}

/** A cell for each stretch: full where all went well, low where half failed; so it is not the colour alone. */
function States({ group }: { group: UsageGroup }) {
  const all = requestsOf(group);
  const failed = group.points.outcomes.server_error;
  const stretches = Math.min(60, all.length);
  const size = all.length / Math.max(1, stretches);
  const sum = (values: readonly number[], stretch: number) =>
    values
      .slice(Math.floor(stretch * size), Math.floor((stretch + 1) * size))
      .reduce((total, value) => total + value, 0);
  return (
    <div aria-hidden="true" className="flex h-3 items-end gap-px">
      {Array.from({ length: stretches }, (_, stretch) => {
        const share = sum(failed, stretch) / sum(all, stretch);
        return (
          <span
            // oxlint-disable-next-line react/no-array-index-key -- a stretch is known by its place
            key={stretch}
            className={cx(
              "min-w-px flex-1",
              Number.isNaN(share)
                ? "h-px bg-line"
                : share === 0
                  ? "h-3 bg-chart-2xx"
                  : share < 0.5
                    ? "h-2 bg-chart-4xx"
                    : "h-1 bg-chart-5xx",
            )}
          />
        );
      })}
    </div>
  );
}

export function ago(group: UsageGroup): ReactNode {
  if (group.last_us == null) return "never";
  const at = group.last_us / 1000;
  return (
    <time dateTime={new Date(at).toISOString()} title={format.dateTime(at)}>
      {format.relativeTime(at)}
    </time>
  );
}

/** The class of cells that are left out where there is little room. */
const ROOMY = "@max-[42rem]:hidden";

export function Table({
  label,
  head,
  roomy,
  children,
}: {
  label: string;
  head: string[];
  /** The column that is left out where there is little room: its cells are `Drawn`. */
  roomy?: string;
  children: ReactNode;
}) {
  return (
    <div className="@container overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse text-body">
        <thead>
          <tr className="text-small text-ink-3">
            {head.map((name, index) => (
              <th
                key={name}
                scope="col"
                className={cx(
                  "py-1 pr-3 font-normal whitespace-nowrap",
                  index === 0 ? "text-left" : "text-right",
                  name === roomy && ROOMY,
                )}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function RowHead({ q, children }: { q: string; children: ReactNode }) {
  return (
    <th scope="row" className="max-w-64 truncate py-1 pr-3 text-left font-medium">
      <Rows q={q}>{children}</Rows>
    </th>
  );
}

export function Rows({ q, children }: { q: string; children: ReactNode }) {
  return (
    <Link to="/traffic" search={{ q }} className="text-accent-ink no-underline hover:underline">
      {children}
    </Link>
  );
}

/** Requests over time; the first to go where there is little room. */
export function Drawn({ values }: { values: readonly number[] }) {
  return (
    <td className={cx("py-1 pr-3", ROOMY)}>
      <div className="flex justify-end">
        <Spark values={values} />
      </div>
    </td>
  );
}

export function Num({ children }: { children: ReactNode }) {
  return <td className="py-1 pr-3 text-right whitespace-nowrap tabular-nums">{children}</td>;
}
