import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { type Command, useCommands } from "@/app/commands.ts";
import { Banner, Skeleton } from "@/ui/index.ts";
import { Bar } from "./Bar.tsx";
import { Charts } from "./Charts.tsx";
import { useUsage, type Wanted } from "./queries.ts";
import { look, pan, type Span, zoom } from "./range.ts";
import { type DashboardsSearch, withoutRange } from "./search.ts";

/** Points of a series: about one for each three pixels of a chart. */
const POINTS = 125;

export { KeyUsage } from "./KeyUsage.tsx";

/** The Dashboards place: who used how much, and how it went. Every mark leads to its requests. */
export function DashboardsPlace() {
  const search = useSearch({ from: "/dashboards" });
  const navigate = useNavigate({ from: "/dashboards" });
  const [held, setHeld] = useState(false);
  const seen = look(search.range, search.from, search.to);
  const wanted: Wanted = {
    seen,
    key: search.key,
    consumer: search.consumer,
    plan: search.plan,
    route: search.route,
    version: search.version,
    callersOnly: search.replays !== "yes",
  };
  const byRoute = useUsage(wanted, { by: "route", points: POINTS, top: 12 }, held);
  const usage = byRoute.data;
  const see = ({ from, to }: Span) => {
    const rest = withoutRange(search);
    void navigate({ search: { ...rest, from, to } });
  };
  const change = (next: DashboardsSearch) => void navigate({ search: next, replace: true });
  const [since, until] = [usage?.since_us, usage?.until_us];
  const commands = useMemo((): Command[] => {
    if (since === undefined || until === undefined) return [];
    const span = { from: since / 1_000_000, to: until / 1_000_000 };
    const move = (to: (now: number) => Span) => () => {
      const { from, to: end } = to(Date.now() / 1000);
      void navigate({
        search: (before) => ({ ...withoutRange(before), from, to: end }),
        replace: true,
      });
    };
    const group = "Dashboards";
    return [
      {
        id: "dash.in",
        title: "Look closer",
        group,
        keys: "=",
        run: move((now) => zoom(span, 0.5, now)),
      },
      {
        id: "dash.out",
        title: "Look further",
        group,
        keys: "-",
        run: move((now) => zoom(span, 2, now)),
      },
      {
        id: "dash.before",
        title: "Earlier",
        group,
        keys: ",",
        run: move((now) => pan(span, -1, now)),
      },
      { id: "dash.after", title: "Later", group, keys: ".", run: move((now) => pan(span, 1, now)) },
    ];
  }, [since, until, navigate]);
  useCommands(commands);
  return (
    <div className="flex h-full flex-col">
      <Bar wanted={wanted} search={search} usage={usage} onChange={change} onSpan={see} />
      <div
        // What is read must not move under the pointer.
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        className="min-h-0 flex-1 overflow-y-auto bg-canvas"
      >
        {usage ? (
          <Charts usage={usage} wanted={wanted} held={held} onZoom={see} />
        ) : byRoute.error ? (
          <Banner tone="err">{byRoute.error.message}</Banner>
        ) : (
          <Skeleton />
        )}
      </div>
    </div>
  );
}
