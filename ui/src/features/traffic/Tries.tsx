import { cx, format, Prose } from "@/ui/index.ts";
import { type Try, tryLines } from "./stages.ts";

interface TriesProps {
  tries: readonly Try[];
  /** When the last of them was over, in microseconds after the request arrived. */
  end: number;
  /** Time from arrival to the end, in microseconds. */
  whole: number;
}

/** Each try to get an answer in a lane of its own: which target and why, how long, how it ended. */
export function Tries({ tries, end, whole }: TriesProps) {
  return (
    <ol
      aria-label="Tries"
      className="col-start-3 col-end-[-1] mt-1 grid grid-cols-subgrid gap-y-1 border-t border-line-subtle pt-1"
    >
      {tries.map((tried, at) => (
        <Lane
          key={tried.at_us}
          tried={tried}
          number={at + 1}
          end={Math.max(tries[at + 1]?.at_us ?? end, tried.at_us)}
          whole={whole}
        />
      ))}
    </ol>
  );
}

interface LaneProps {
  tried: Try;
  number: number;
  end: number;
  whole: number;
}

function Lane({ tried, number, end, whole }: LaneProps) {
  const failed = tried.code != null;
  const until = tried.first_byte_us == null ? end : tried.at_us + tried.first_byte_us;
  return (
    <li className="col-span-full grid grid-cols-subgrid items-start">
      <div className="flex min-w-0 gap-x-2">
        <span className="text-ink-3 tabular-nums">{number}.</span>
        <div className="min-w-0 break-words">
          <code className="font-mono text-code break-all text-ink">{tried.target}</code>
          {tried.chosen != null && <span className="text-ink-3">{` · ${tried.chosen}`}</span>}
          {tryLines(tried).map((line) => (
            <p key={line} className={cx("text-ink-2", failed && "last:text-err")}>
              <Prose text={line} />
            </p>
          ))}
        </div>
      </div>
      <div aria-hidden="true" className="relative h-5 max-sm:hidden">
        <Segments tried={tried} until={until} whole={whole} />
      </div>
      <span className="text-right font-mono text-code text-ink-2 tabular-nums max-sm:hidden">
        {format.duration((until - tried.at_us) / 1000)}
      </span>
    </li>
  );
}

/** Connecting, then waiting for the first byte, where in the whole time they were. */
function Segments({ tried, until, whole }: { tried: Try; until: number; whole: number }) {
  const connected = Math.min(tried.at_us + (tried.connect_us ?? 0), until);
  const waits = tried.code == null ? "var(--color-stage-upstream)" : "var(--color-err)";
  return (
    <>
      {connected > tried.at_us && (
        <Segment
          from={tried.at_us}
          to={connected}
          whole={whole}
          colour="var(--color-stage-connect)"
        />
      )}
      <Segment from={connected} to={until} whole={whole} colour={waits} />
    </>
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
