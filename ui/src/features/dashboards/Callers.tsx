import { useState } from "react";
import { cx, format, SegmentedControl } from "@/ui/index.ts";
import { Figure } from "./chart/Figure.tsx";
import { errorShare, showUs } from "./charts.ts";
import { ago, Drawn, Num, RowHead, Rows, Table } from "./Lists.tsx";
import { filterFor, whose } from "./links.ts";
import { type UsageGroup, useUsage, type Wanted } from "./queries.ts";
import { requestsOf } from "./requests.ts";

type By = "key" | "consumer" | "plan";

const WHO: readonly { value: By; label: string; one: string; none: string }[] = [
  { value: "consumer", label: "Consumers", one: "consumer", none: "nobody known" },
  { value: "plan", label: "Plans", one: "plan", none: "no plan" },
  { value: "key", label: "Keys", one: "key", none: "no key" },
];

/** Beyond so many consumers the gateway counts the others as one; they are no rows of their own. */
const OTHERS = "(others)";

interface CallersProps {
  wanted: Wanted;
  filter: string;
  held: boolean;
}

/** Who used how much: by consumer, plan or key. */
export function Callers({ wanted, filter, held }: CallersProps) {
  const [by, setBy] = useState<By>("consumer");
  const usage = useUsage(wanted, { by, points: 60, top: 20 }, held).data;
  const who = WHO.find(({ value }) => value === by);
  if (!usage || !who) return null;
  const groups = usage.groups.filter(({ figures }) => figures.requests > 0);
  const named = groups.filter(({ name }) => name != null && name !== "").length;
  const span = { from: usage.since_us / 1_000_000, to: usage.until_us / 1_000_000 };
  const more = usage.more_groups > 0 ? `, and ${format.count(usage.more_groups)} more` : "";
  return (
    <Figure
      wide
      title="Callers"
      summary={
        named === 0
          ? `No ${who.one} called in this time.`
          : `${format.plural(named, who.one)} called${more}.`
      }
      actions={<SegmentedControl label="Callers by" value={by} onChange={setBy} options={WHO} />}
    >
      <Table
        label={`Usage by ${who.one}`}
        roomy="Over time"
        head={[
          who.label,
          "Requests",
          "Errors",
          "429",
          "p95",
          "Sent back",
          "Over time",
          "Last request",
        ]}
      >
        {groups.map((group) => {
          const { requests, outcomes, total, response_bytes: bytes } = group.figures;
          const name = labelOf(group, by);
          const others = by === "consumer" && name === OTHERS;
          const q = filterFor([filter, whose(by, name)], span);
          const errors = errorShare(group) ?? 0;
          return (
            <tr key={group.name ?? ""} className="border-t border-line-subtle hover:bg-hover">
              {others ? (
                <th scope="row" className="max-w-64 truncate py-1 pr-3 text-left font-medium">
                  all others
                </th>
              ) : (
                <RowHead q={q}>{name ?? who.none}</RowHead>
              )}
              <Num>{format.count(requests)}</Num>
              <Num>
                <span className={cx(errors > 0.05 && "font-medium text-err")}>
                  {format.percent(errors)}
                </span>
              </Num>
              <Num>
                {others ? (
                  format.count(outcomes.limited)
                ) : (
                  <Rows q={`${q} is:limited`}>{format.count(outcomes.limited)}</Rows>
                )}
              </Num>
              <Num>{total.p95_us == null ? "–" : showUs(total.p95_us)}</Num>
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

/** What the log calls it: a key by the name it has, the others by their own. */
function labelOf({ name, label }: UsageGroup, by: By): string | undefined {
  const found = by === "key" ? label : name;
  return found == null || found === "" ? undefined : found;
}
