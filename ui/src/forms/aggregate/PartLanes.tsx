import { Check, Minus, X } from "lucide-react";
import { useState } from "react";
import type { components } from "@/api/index.ts";
import { Button, cx, format, Prose } from "@/ui/index.ts";
import { callText, END, partLines } from "./partText.ts";

type Schemas = components["schemas"];
export type PartFact = Schemas["PartFact"];
type PartCall = Schemas["PartCall"];
type PartEnd = Schemas["PartEnd"];

interface PartLanesProps {
  parts: readonly PartFact[];
  /** Time from arrival to the end, in microseconds. */
  whole: number;
}

/** How many requests of a list are shown before a person asks for all of them. */
const FEW = 5;

/**
 * The parts of an answer that is made of several, each in a lane: when it was asked, what it waited
 * for, how long it took and how it ended.
 */
export function PartLanes({ parts, whole }: PartLanesProps) {
  return (
    <ol
      aria-label="Parts"
      className="grid grid-cols-[16px_minmax(0,1fr)_30%_64px] gap-x-3 max-sm:grid-cols-[16px_minmax(0,1fr)]"
    >
      {parts.map((part) => (
        <Part key={part.name} part={part} whole={Math.max(whole, 1)} />
      ))}
    </ol>
  );
}

const COLOUR: Record<PartEnd, string> = {
  ok: "var(--color-stage-upstream)",
  partly: "var(--color-chart-4xx)",
  failed: "var(--color-err)",
  timed_out: "var(--color-err)",
  skipped: "var(--color-stage-match)",
  cancelled: "var(--color-stage-match)",
};

const INK: Record<PartEnd, string> = {
  ok: "text-ok",
  partly: "text-warn",
  failed: "text-err",
  timed_out: "text-err",
  skipped: "text-warn",
  cancelled: "text-ink-3",
};

function Part({ part, whole }: { part: PartFact; whole: number }) {
  const { name, service, required, end, at_us, took_us, calls } = part;
  // A list is many requests; anything else says what there is to say in one line.
  const several = calls.length > 1;
  const [all, setAll] = useState(false);
  const shown = all ? calls : calls.slice(0, FEW);
  return (
    <li className="col-span-full grid grid-cols-subgrid items-start border-b border-line-subtle py-1.5 last:border-b-0">
      <span className={cx("flex h-5 items-center", INK[end])}>
        <EndIcon end={end} />
      </span>
      <div className="min-w-0 break-words text-ink-2">
        <span className="font-mono text-code font-medium text-ink">{name}</span>
        <span className="text-ink-3">{` · service ${service}${required ? "" : " · optional"} · `}</span>
        <span className={cx("font-medium", INK[end])}>{END[end]}</span>
        {partLines(part).map((line) => (
          <p key={line}>
            <Prose text={line} />
          </p>
        ))}
      </div>
      <Track>
        {at_us != null && part.asked > 0 && (
          <Segment from={at_us} to={at_us + took_us} whole={whole} colour={COLOUR[end]} />
        )}
      </Track>
      <Took>{at_us == null || part.asked === 0 ? null : took_us}</Took>
      {several && (
        <ol
          aria-label={`Requests for ${name}`}
          className="col-span-full mt-1 grid grid-cols-subgrid gap-y-0.5 border-t border-line-subtle pt-1"
        >
          {shown.map((call) => (
            <Call key={`${call.entry} ${call.at_us}`} call={call} whole={whole} />
          ))}
          {calls.length > shown.length && (
            <li className="col-start-2 pt-0.5">
              <Button size="sm" variant="ghost" onClick={() => setAll(true)}>
                {`Show ${calls.length - shown.length} more`}
              </Button>
            </li>
          )}
        </ol>
      )}
    </li>
  );
}

function Call({ call, whole }: { call: PartCall; whole: number }) {
  const colour = call.reason == null ? "var(--color-stage-upstream)" : "var(--color-err)";
  return (
    <li className="col-span-full grid grid-cols-subgrid items-start text-small">
      <span />
      <span className="min-w-0 break-words text-ink-2">
        <Prose text={callText(call)} />
      </span>
      <Track>
        <Segment
          from={call.at_us}
          to={call.at_us + (call.took_us ?? 0)}
          whole={whole}
          colour={colour}
        />
      </Track>
      <Took>{call.took_us ?? null}</Took>
    </li>
  );
}

function EndIcon({ end }: { end: PartEnd }) {
  const size = { size: 14, "aria-hidden": true } as const;
  switch (end) {
    case "ok":
      return <Check {...size} />;
    case "failed":
    case "timed_out":
      return <X {...size} strokeWidth={3} />;
    case "partly":
    case "skipped":
    case "cancelled":
      return <Minus {...size} />;
  }
}

function Track({ children }: { children: React.ReactNode }) {
  return (
    <div
      aria-hidden="true"
      className="relative h-5 border-l border-line-subtle max-sm:hidden [background:linear-gradient(to_right,transparent_calc(50%-1px),var(--color-line-subtle)_calc(50%-1px),var(--color-line-subtle)_50%,transparent_50%)]"
    >
      {children}
    </div>
  );
}

function Took({ children: us }: { children: number | null }) {
  return (
    <span className="text-right font-mono text-code text-ink-2 tabular-nums max-sm:hidden">
      {us === null ? "" : format.duration(us / 1000)}
    </span>
  );
}

function Segment(props: { from: number; to: number; whole: number; colour: string }) {
  const share = (us: number) => Math.min(Math.max(us / props.whole, 0), 1) * 100;
  return (
    <span
      className="absolute top-1.5 h-2 min-w-0.5 rounded-[1px]"
      style={{
        left: `min(${share(props.from)}%, calc(100% - 2px))`,
        width: `${share(props.to) - share(props.from)}%`,
        background: props.colour,
      }}
    />
  );
}
