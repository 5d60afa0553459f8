import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { cx } from "./cx.ts";
import * as format from "./format.ts";

/** A line that a program wrote. */
export interface OutputLine {
  seq: number;
  /** Microseconds since 1970. */
  at_us: number;
  /** Which of several programs wrote it; 0 for none of them. */
  instance: number;
  stream: "stdout" | "stderr" | "gatewright";
  text: string;
}

interface OutputLinesProps<Line extends OutputLine> {
  label: string;
  lines: readonly Line[];
  /** Keeps the newest line in sight, unless a person has scrolled to older ones. */
  follows?: boolean;
  /** Makes the time of each line a button, and says what it does. */
  onTime?: { label: (time: string) => string; act: (line: Line) => void };
}

const STREAMS = { stdout: "", stderr: "text-err", gatewright: "text-ink-3 italic" };

/** What a program wrote, line by line, as in a terminal. */
export function OutputLines<Line extends OutputLine>(props: OutputLinesProps<Line>) {
  const { label, lines, follows = false, onTime } = props;
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  // One stop of the tab key for all of them; the arrows lead from one to the next.
  const [stop, setStop] = useState<number | null>(null);
  const newest = lines.at(-1)?.seq;
  const stopAt = lines.some(({ seq }) => seq === stop) ? stop : newest;
  useEffect(() => {
    if (follows && atEnd && box.current) box.current.scrollTop = box.current.scrollHeight;
    // New lines make it longer.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [follows, atEnd, newest]);
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    const times = [...(box.current?.querySelectorAll("button") ?? [])];
    const from = times.findIndex((time) => time === document.activeElement);
    const next = from < 0 ? undefined : times[from + step];
    if (step === 0 || !next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div
      ref={box}
      role="log"
      aria-label={label}
      aria-live="off"
      // Scrolled by keyboard too.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        setAtEnd(scrollHeight - scrollTop - clientHeight < 8);
      }}
      className="max-h-72 overflow-y-auto rounded-control border border-line-subtle bg-sunken px-3 py-2 font-mono text-code"
    >
      {lines.map((line) => (
        <div key={line.seq} className="flex gap-3">
          <Time
            line={line}
            onTime={onTime}
            isStop={line.seq === stopAt}
            onFocus={setStop}
            onKeyDown={move}
          />
          <span className="w-6 shrink-0 text-right text-ink-3 tabular-nums">
            {line.instance === 0 ? "" : line.instance}
          </span>
          <span className={cx("min-w-0 wrap-anywhere whitespace-pre-wrap", STREAMS[line.stream])}>
            {line.text}
          </span>
        </div>
      ))}
    </div>
  );
}

interface TimeProps<Line extends OutputLine> {
  line: Line;
  onTime: OutputLinesProps<Line>["onTime"];
  isStop: boolean;
  onFocus: (seq: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

function Time<Line extends OutputLine>({ line, onTime, isStop, ...on }: TimeProps<Line>) {
  const at = line.at_us / 1000;
  // With the day where it is not today's.
  const time = `${format.time(at)}${format.timeOfDay(at).slice(-4)}`;
  const look = "shrink-0 text-ink-3 tabular-nums";
  if (!onTime) {
    return (
      <time title={format.dateTime(at)} className={look}>
        {time}
      </time>
    );
  }
  return (
    <button
      type="button"
      title={format.dateTime(at)}
      aria-label={onTime.label(time)}
      tabIndex={isStop ? 0 : -1}
      onFocus={() => on.onFocus(line.seq)}
      onKeyDown={on.onKeyDown}
      onClick={() => onTime.act(line)}
      className={cx(look, "cursor-pointer self-start hover:text-ink hover:underline")}
    >
      {time}
    </button>
  );
}
