import { Check, Minus, X } from "lucide-react";
import { cx, format, Prose, sentence } from "@/ui/index.ts";
import { PartLanes } from "@/forms/aggregate/PartLanes.tsx";
import type { Detail } from "./queries.ts";
import { LimitsStood } from "./LimitsStood.tsx";
import {
  type Decision,
  factLines,
  FORWARD,
  OWN_ANSWER,
  type Stage,
  STAGES,
  TOGETHER,
  type Try,
} from "./stages.ts";
import { Tries } from "./Tries.tsx";

/** What most routes don't have: without a decision, not a line is given to it. */
const UNUSUAL: ReadonlySet<Stage> = new Set([
  "cors",
  "version",
  "authorise",
  "fault",
  "mock",
  "cache",
]);

interface StageTimelineProps {
  detail: Pick<Detail, "trace" | "attempts"> & { summary: { duration_us: number } };
  /** What the list is called, where there are two. */
  label?: string;
  /** Without times: where they say nothing, or there is no room. */
  bare?: boolean;
}

/**
 * The stages of a request in order, each with what it decided by and when. Those that were not
 * reached are written too: what did not happen is part of the answer.
 */
export function StageTimeline({ detail, label = "Stages", bare = false }: StageTimelineProps) {
  const whole = Math.max(detail.summary.duration_us, 1);
  const decisions = new Map(detail.trace.map((decision) => [decision.stage, decision]));
  const mocked = decisions.get("mock")?.verdict === "answered";
  const stages = STAGES.filter(({ stage }) => !UNUSUAL.has(stage) || decisions.has(stage))
    .filter(({ stage }) => !(mocked && stage === "forward"))
    .map((each) => (each.stage === "forward" ? lastOf(decisions) : each));
  return (
    <ol aria-label={label} className="flex flex-col">
      {stages.map(({ stage, title, colour }) => (
        <StageRow
          key={stage}
          title={title}
          colour={colour}
          whole={whole}
          decision={decisions.get(stage)}
          tries={stage === "forward" ? detail.attempts : []}
          bare={bare}
        />
      ))}
    </ol>
  );
}

/** Who answers in the end: a service, several, or the route itself. */
function lastOf(decisions: ReadonlyMap<Stage, Decision>) {
  if (decisions.has("aggregate")) return TOGETHER;
  return decisions.has("answer") ? OWN_ANSWER : FORWARD;
}

interface StageRowProps {
  title: string;
  colour: string;
  /** Time from arrival to the end, in microseconds. */
  whole: number;
  decision: Decision | undefined;
  tries: readonly Try[];
  bare: boolean;
}

function StageRow({ title, colour, whole, decision, tries, bare }: StageRowProps) {
  const look = lookOf(decision);
  return (
    <li
      className={cx(
        "grid items-start gap-x-3 border-b border-line-subtle py-1.5 last:border-b-0",
        bare
          ? "grid-cols-[16px_84px_minmax(0,1fr)]"
          : "grid-cols-[16px_84px_minmax(0,1fr)_18%_64px] max-sm:grid-cols-[16px_84px_minmax(0,1fr)]",
      )}
    >
      <span className={cx("flex h-5 items-center", look.ink)}>{look.icon}</span>
      <span className={cx("font-medium", decision ? "text-ink" : "text-ink-3")}>{title}</span>
      <div className={cx("min-w-0 break-words", decision ? "text-ink-2" : "text-ink-3")}>
        {look.words && <span className={cx("font-medium", look.ink)}>{`${look.words}. `}</span>}
        {decision && <Facts decision={decision} tries={tries} />}
        {decision?.facts.kind === "limits" && <LimitsStood facts={decision.facts} />}
      </div>
      {!bare && (
        <>
          <div aria-hidden="true" className="relative h-5 max-sm:hidden">
            {decision && <Bar decision={decision} colour={colour} whole={whole} />}
          </div>
          <span className="text-right font-mono text-code text-ink-2 tabular-nums max-sm:hidden">
            {decision && format.duration(decision.took_us / 1000)}
          </span>
        </>
      )}
      {decision && !bare && tries.length > 0 && (
        <Tries tries={tries} end={decision.at_us + decision.took_us} whole={whole} />
      )}
      {decision?.facts.kind === "aggregated" && !bare && (
        <div className="col-start-2 col-end-[-1] mt-1 border-t border-line-subtle pt-1 max-sm:col-start-3">
          <PartLanes parts={decision.facts.parts} whole={whole} />
        </div>
      )}
    </li>
  );
}

function Facts({ decision, tries }: { decision: Decision; tries: readonly Try[] }) {
  // What went wrong in the end is what went wrong with the last try: said once, there.
  const saidBelow = new Set(tries.map(({ reason }) => sentence(reason ?? "")));
  const [first, ...others] = factLines(decision).filter((line) => !saidBelow.has(line));
  return (
    <>
      {first !== undefined && <Prose text={first} />}
      {others.map((line) => (
        <div key={line}>
          <Prose text={line} />
        </div>
      ))}
    </>
  );
}

/** Where in the whole time the stage was at work; never too thin to see. */
function Bar(props: { decision: Decision; colour: string; whole: number }) {
  const { decision, colour, whole } = props;
  const left = Math.min(decision.at_us / whole, 1) * 100;
  const width = Math.min(decision.took_us / whole, 1) * 100;
  return (
    <span
      className="absolute top-1.5 h-2 min-w-0.5 rounded-[1px]"
      style={{ left: `min(${left}%, calc(100% - 2px))`, width: `${width}%`, background: colour }}
    />
  );
}

function lookOf(decision: Decision | undefined) {
  const size = { size: 14, "aria-hidden": true } as const;
  switch (decision?.verdict) {
    case undefined:
      return { icon: <Minus {...size} />, ink: "text-ink-3", words: "Not reached" };
    case "stopped":
      return { icon: <X {...size} strokeWidth={3} />, ink: "text-err", words: "Stopped here" };
    case "answered":
      return { icon: <Check {...size} />, ink: "text-ok", words: "Answered here" };
    case "not_configured":
      return { icon: <Minus {...size} />, ink: "text-ink-3", words: null };
    case "passed":
      return { icon: <Check {...size} />, ink: "text-ok", words: null };
  }
}
