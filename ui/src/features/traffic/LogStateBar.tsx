import { Download, Trash2, Upload } from "lucide-react";
import type { LiveLog } from "@/live/liveLog.ts";
import type { Progress } from "@/live/olderAndNewer.ts";
import { Button, cx, format, Shape, StatusDot, useStore } from "@/ui/index.ts";

interface LogStateBarProps {
  log: LiveLog;
  /** Whether less is painted because the machine cannot keep up. */
  slowed: boolean;
  onClear: () => void;
  onExport: () => void;
  onImport: () => void;
}

/** Which of its three states the log is in, and what of the traffic is not on screen. */
export function LogStateBar({ log, slowed, onClear, onExport, onImport }: LogStateBarProps) {
  const { mode, pausedAt, fresh, search } = useStore(log.state);
  const { arrived, shown } = useStore(log.pace.lastSecond);
  return (
    <div
      className={cx(
        "flex h-7 shrink-0 items-center gap-3 overflow-hidden border-b border-line-subtle px-3 text-small whitespace-nowrap text-ink-2",
        mode === "paused" && "bg-warn-bg text-warn",
      )}
    >
      {mode === "live" && <StatusDot state="running">Live</StatusDot>}
      {mode === "scrolled" && (
        <>
          <StatusDot state="stopped">Scrolled</StatusDot>
          {/* Here it covers no row. */}
          <Button size="sm" variant="ghost" onClick={() => log.goLive()}>
            {`${fresh === 0 ? "Back to live" : `${format.count(fresh)} new`} ↓ (End)`}
          </Button>
        </>
      )}
      {mode === "paused" && (
        <span className="inline-flex items-center gap-1.5">
          <Shape name="starting" />
          {`Paused at ${format.time(pausedAt ?? 0)} · ${format.count(fresh)} since`}
        </span>
      )}
      {mode === "live" && arrived > shown && (
        <span className="tabular-nums">
          showing {format.count(shown)} of {format.count(arrived)} new/s
        </span>
      )}
      {mode === "live" && slowed && <span>display slowed to 4/s</span>}
      {search && <Searching progress={search} onStop={() => log.stopSearch()} />}
      <span className="ml-auto flex gap-1">
        <Button size="sm" variant="ghost" icon={<Upload size={12} />} onClick={onImport}>
          Import…
        </Button>
        <Button size="sm" variant="ghost" icon={<Download size={12} />} onClick={onExport}>
          Export…
        </Button>
        <Button size="sm" variant="ghost" icon={<Trash2 size={12} />} onClick={onClear}>
          Clear log…
        </Button>
      </span>
      <span role="status" className="sr-only">
        {mode === "live" ? "Live" : mode === "paused" ? "Paused" : "Scrolled"}
      </span>
    </div>
  );
}

/** How far looking for older requests has come, and a way to end it. */
function Searching({ progress, onStop }: { progress: Progress; onStop: () => void }) {
  const { reached, oldest, end, found } = progress;
  const all = Math.max(1, end - oldest);
  const done = Math.min(all, end - reached);
  return (
    <span className="inline-flex items-center gap-2">
      <progress
        aria-label="Searching the log"
        max={all}
        value={done}
        className="h-1.5 w-24 accent-accent"
      />
      <span className="tabular-nums">
        {format.count(done)} of {format.count(all)} looked at · {format.count(found)} found
      </span>
      <Button size="sm" variant="ghost" onClick={onStop}>
        Stop searching
      </Button>
    </span>
  );
}
