import { Link } from "@tanstack/react-router";
import { cx, format } from "@/ui/index.ts";
import { Figure } from "./chart/Figure.tsx";
import { TimeChart } from "./chart/TimeChart.tsx";
import {
  byStatus,
  errorRates,
  errorShare,
  latency,
  latencySummary,
  showCount,
  showUs,
} from "./charts.ts";
import { exactly, filterFor, whose } from "./links.ts";
import { type OldVersion, type Usage, useOldVersions } from "./queries.ts";
import { requestsOf } from "./requests.ts";
import type { Span } from "./range.ts";

interface CompareProps {
  usage: Usage;
  filter: string;
  onZoom: (span: Span) => void;
}

/** 11: whether the new version is worse; the same charts for each, on the same axes. */
export function CompareVersions({ usage, filter, onZoom }: CompareProps) {
  const versions = usage.groups
    .filter(({ name, figures }) => name && figures.requests > 0)
    .slice(0, 4)
    .toSorted((a, b) => (a.name ?? "").localeCompare(b.name ?? ""));
  if (versions.length < 2) return null;
  const highest = (values: readonly (number | null | undefined)[]) =>
    Math.max(0, ...values.map((value) => value ?? 0));
  const most = {
    requests: Math.max(...versions.map((group) => highest(requestsOf(group)))),
    errors: Math.max(
      ...versions.flatMap((group) =>
        errorRates(usage, group.points).series.map(({ values }) => highest(values)),
      ),
    ),
    latency: Math.max(...versions.map(({ points }) => highest(points.total.p99_us))),
  };
  return (
    <section className="col-span-full flex flex-col gap-3" aria-label="Versions beside each other">
      <h2 className="pt-1 text-heading">Versions beside each other, on the same axes</h2>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(320px,100%),1fr))] gap-3">
        {versions.map((group) => {
          const name = group.name ?? "";
          const terms = [filter, exactly("version", name)].filter(Boolean).join(" ");
          return (
            <div key={name} className="flex min-w-0 flex-col gap-3">
              <TimeChart
                title={`${name}: requests`}
                summary={`${format.plural(group.figures.requests, "request")}.`}
                data={byStatus(usage, group.points)}
                kind="bars"
                show={showCount}
                most={most.requests}
                filter={terms}
                onZoom={onZoom}
              />
              <TimeChart
                title={`${name}: errors`}
                summary={`${format.percent(errorShare(group) ?? 0)} were 4xx or 5xx.`}
                data={errorRates(usage, group.points)}
                kind="lines"
                show={format.percent}
                most={most.errors}
                filter={terms}
                onZoom={onZoom}
              />
              <TimeChart
                title={`${name}: latency`}
                summary={latencySummary(group, "total")}
                data={latency(usage, "total", group.points)}
                kind="lines"
                show={showUs}
                most={most.latency}
                filter={terms}
                onZoom={onZoom}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

/** Who still calls versions that are deprecated or will end. */
export function OldVersions() {
  const { data } = useOldVersions();
  if (!data || data.length === 0) return null;
  return (
    <Figure wide title="Old versions" summary="Who called them in the last 30 days.">
      <ul className="flex flex-col gap-2">
        {data.map((old) => (
          <li key={`${old.route} ${old.version}`} className="flex flex-col gap-1">
            <p className="text-body">
              <Link
                to="/traffic"
                search={{
                  q: filterFor([exactly("route", old.route), exactly("version", old.version)]),
                }}
                className="font-medium text-accent-ink no-underline hover:underline"
              >
                {old.route} {old.version}
              </Link>{" "}
              <span className={cx(old.callers.length === 0 && "text-ink-2")}>{told(old)}</span>
            </p>
            <p className="flex flex-wrap gap-x-3 gap-y-1 text-small text-ink-2">
              {old.callers.slice(0, 12).map(({ key, name, requests, last_us: last }) => (
                <span key={`${key ?? ""} ${name ?? ""}`}>
                  <Link
                    to="/traffic"
                    search={{
                      q: filterFor([
                        exactly("route", old.route),
                        exactly("version", old.version),
                        key == null ? whose("consumer", name) : whose("key", name),
                      ]),
                    }}
                    className="text-accent-ink no-underline hover:underline"
                  >
                    {name ?? "callers without a name"}
                  </Link>
                  : {format.count(requests)}
                  {last != null && `, last ${format.relativeTime(last / 1000)}`}
                </span>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </Figure>
  );
}

function told({ callers, last_us: last, sunset_at: sunset, deprecated_at: since }: OldVersion) {
  const ends = sunset ? `; it ends ${format.fullDay(Date.parse(sunset))}` : "";
  const from = since ? `deprecated ${format.fullDay(Date.parse(since))}` : "not deprecated yet";
  if (callers.length === 0) {
    const ever =
      last == null ? "was never called" : `was last called ${format.relativeTime(last / 1000)}`;
    return `(${from}) ${ever}${ends}.`;
  }
  const keys = callers.filter(({ key }) => key != null).length;
  const who =
    keys === callers.length ? format.plural(keys, "key") : format.plural(callers.length, "caller");
  const still = callers.length === 1 ? "still calls it" : "still call it";
  return `(${from}): ${who} ${still}${last == null ? "" : `, last ${format.relativeTime(last / 1000)}`}${ends}.`;
}
