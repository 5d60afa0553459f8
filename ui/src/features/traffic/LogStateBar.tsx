import { Columns3, Download, Layers, Trash2, Upload } from "lucide-react";
import { LOG_COLUMNS } from "@/live/columns.ts";
import type { LiveLog } from "@/live/liveLog.ts";
import type { SortedRows } from "@/live/logState.ts";
import type { Progress } from "@/live/olderAndNewer.ts";
import type { RowSelection } from "@/live/selection.ts";
import { Button, cx, format, Shape, StatusDot, useStore } from "@/ui/index.ts";
import { SelectionBar, type SelectionActions } from "./SelectionBar.tsx";

interface LogStateBarProps {
  log: LiveLog;
  /** Whether less is painted because the machine cannot keep up. */
  slowed: boolean;
  /** The headers of the columns for which there is no room. */
  hidden: readonly string[];
  selection: RowSelection;
  /** What can be done with several requests at once. */
  onSelected: SelectionActions;
  onColumns: () => void;
  onClear: () => void;
  onExport: () => void;
  onImport: () => void;
}

/** Which of its three states the log is in, and what of the traffic is not on screen. */
export function LogStateBar(props: LogStateBarProps) {
  const { log, slowed, hidden, selection, onSelected, onColumns, onClear, onExport, onImport } =
    props;
  const { mode, pausedAt, fresh, search, sorted, grouped } = useStore(log.state);
  // Where there is little room, the pictures have to do for the eye: of what rows are is said first.
  const isPicking = useStore(selection.ids).size > 0;
  const label = isPicking
    ? "sr-only"
    : sorted || search
      ? "@max-[66rem]:sr-only"
      : "@max-[52rem]:sr-only";
  const { arrived, shown } = useStore(log.pace.lastSecond);
  return (
    <div
      className={cx(
        "@container flex min-h-7 shrink-0 items-center gap-x-3 border-b max-sm:flex-wrap border-line-subtle px-3 text-small whitespace-nowrap text-ink-2",
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
      {sorted && (
        <span className="min-w-0 truncate" title={orderText(sorted)}>
          {orderText(sorted)}
        </span>
      )}
      {mode === "live" && arrived > shown && (
        <span className="tabular-nums">
          showing {format.count(shown)} of {format.count(arrived)} new/s
        </span>
      )}
      {mode === "live" && slowed && <span>display slowed to 4/s</span>}
      <SelectionBar selection={selection} {...onSelected} />
      {search && <Searching progress={search} onStop={() => log.stopSearch()} />}
      <span className="ml-auto flex shrink-0 gap-1 max-sm:shrink">
        <Button
          size="sm"
          variant="ghost"
          icon={<Layers size={12} />}
          title="Group repeats"
          aria-pressed={grouped}
          disabledReason={sorted ? "Sorted requests do not follow each other." : undefined}
          onClick={() => log.group(!grouped)}
        >
          <span className={label}>Group repeats</span>
        </Button>
        <Button
          size="sm"
          variant="ghost"
          icon={<Columns3 size={12} />}
          title={hidden.length > 0 ? `No room for ${hidden.join(", ")}` : "Columns…"}
          onClick={onColumns}
        >
          <span className={label}>
            {hidden.length > 0 ? `Columns (${hidden.length} left out)…` : "Columns…"}
          </span>
        </Button>
        <Button
          size="sm"
          variant="ghost"
          icon={<Upload size={12} />}
          title="Import…"
          onClick={onImport}
        >
          <span className={label}>Import…</span>
        </Button>
        <Button
          size="sm"
          variant="ghost"
          icon={<Download size={12} />}
          title="Export…"
          onClick={onExport}
        >
          <span className={label}>Export…</span>
        </Button>
        <Button
          size="sm"
          variant="ghost"
          icon={<Trash2 size={12} />}
          title="Clear log…"
          onClick={onClear}
        >
          <span className={label}>Clear log…</span>
        </Button>
      </span>
      <span role="status" className="sr-only">
        {mode === "live" ? "Live" : mode === "paused" ? "Paused" : "Scrolled"}
      </span>
    </div>
  );
}

/** What the order is of: the log goes on, and this does not. */
function orderText({ by, descending, shown, of, partial }: SortedRows): string {
  const column = LOG_COLUMNS.find(({ sort }) => sort?.by === by)?.header ?? by;
  const from = descending ? "highest first" : "lowest first";
  const which = shown < of ? `first ${format.count(shown)} of ${format.count(of)}` : `${of}`;
  return `Sorted by ${column}, ${from} · ${which}${partial ? ", older ones were not looked at" : ""}`;
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
