import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouterState } from "@tanstack/react-router";
import { Maximize2, Pause, Play, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { answer, api, events, queryKeys } from "@/api/index.ts";
import { columnsOf } from "@/live/columns.ts";
import { withTerm } from "@/live/filterText.ts";
import { LiveLog } from "@/live/liveLog.ts";
import { EmptyState, IconButton, SegmentedControl, useStore } from "@/ui/index.ts";
import { useLayout } from "../layoutChoice.ts";
import { LogGrid } from "../LogGrid.tsx";
import { readCells, readPage, readSorted } from "../queries.ts";
import { aboutOpen, filterFor } from "./about.ts";

/** The live log below any other place, of what is open there. */
export function TrafficDock({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const frame = useRef<HTMLElement>(null);
  const about = useRouterState({
    select: ({ location }) =>
      aboutOpen({
        pathname: location.pathname,
        search: location.search as Record<string, unknown>,
      }),
    structuralSharing: true,
  });
  const keyName = useKeyName(about?.kind === "key" ? about.id : null);
  const [everything, setEverything] = useState(false);
  const own = filterFor(about, keyName);
  const filter = everything ? "" : own;

  const [log] = useState(
    () => new LiveLog({ read: readPage, readSorted, readCells, feed: events }),
  );
  const [layout, changeLayout] = useLayout(undefined);
  const columns = useMemo(() => columnsOf(layout.columns), [layout.columns]);
  useEffect(() => log.start(), [log]);
  useEffect(() => {
    if (filter !== null) void log.setFilter(filter);
  }, [log, filter]);
  const { mode, empty, filter: applied } = useStore(log.state);
  // Whoever opens it by the key wants to go on in it by the key.
  useEffect(() => {
    const { activeElement } = document;
    const isIdle = activeElement === null || activeElement === document.body;
    if (isIdle) frame.current?.querySelector<HTMLElement>("[role=grid]")?.focus();
  }, []);

  const open = (id: string | null | undefined) => {
    if (id != null) void navigate({ to: "/traffic", search: { q: filter ?? "", sel: id } });
  };
  const onKeyDownCapture = (event: KeyboardEvent) => {
    const inGrid = event.target instanceof Element && event.target.matches("[role=grid]");
    if (event.key === "Enter" && inGrid) {
      event.preventDefault();
      event.stopPropagation();
      open(log.active()?.id);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    onClose();
    document.querySelector<HTMLElement>("[data-region=view]")?.focus();
  };
  return (
    // Escape closes it from wherever the focus is in it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      ref={frame}
      data-region="dock"
      aria-label="Log"
      tabIndex={-1}
      onKeyDownCapture={onKeyDownCapture}
      onKeyDown={onKeyDown}
      className="flex h-full flex-col bg-surface outline-none"
    >
      <header className="flex h-8 shrink-0 items-center gap-2 border-b border-line-subtle px-3">
        <h2 className="text-strong">Log</h2>
        {about !== null && own !== null && (
          <SegmentedControl
            label="Shown"
            value={everything ? "all" : "own"}
            onChange={(shown) => setEverything(shown === "all")}
            options={[
              { value: "own", label: own },
              { value: "all", label: "All" },
            ]}
          />
        )}
        <span className="flex-1" />
        <IconButton
          size="sm"
          label={mode === "live" ? "Pause" : "Follow the newest"}
          icon={mode === "live" ? <Pause size={14} /> : <Play size={14} />}
          onClick={() => (mode === "live" ? log.togglePause() : log.goLive())}
        />
        <Link
          to="/traffic"
          search={{ q: filter ?? "" }}
          className="inline-flex items-center gap-1 text-small"
        >
          <Maximize2 size={12} aria-hidden="true" />
          Open in Traffic
        </Link>
        <IconButton
          size="sm"
          label="Close the log"
          keys="`"
          tooltipSide="left"
          icon={<X size={16} aria-hidden="true" />}
          onClick={onClose}
        />
      </header>
      {/* Enter does the same; see onKeyDownCapture. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div
        className="relative min-h-0 flex-1"
        onDoubleClick={(event) => {
          const onRow = event.target instanceof Element && event.target.closest(".log-row");
          if (onRow) open(log.active()?.id);
        }}
      >
        <LogGrid
          log={log}
          chosen={columns}
          time={layout.time ?? "absolute"}
          selected={null}
          onSelect={() => undefined}
          onTerm={(key, value, exclude, op) => {
            const q = withTerm(filter ?? "", key, value, exclude, op);
            void navigate({ to: "/traffic", search: { q } });
          }}
          onSlowed={() => undefined}
          onArrange={(next) => changeLayout({ columns: [...next] })}
        />
        {empty && applied !== null && (
          <div className="absolute inset-x-0 top-7 bottom-0 overflow-auto bg-surface">
            <EmptyState title={applied === "" ? "No request yet" : `No request for ${applied} yet`}>
              What passes appears here. Enter opens a row in Traffic.
            </EmptyState>
          </div>
        )}
      </div>
    </section>
  );
}

/** What the key with this id is called; `null` while that is not known. */
function useKeyName(id: string | null): string | null {
  const { data } = useQuery({
    queryKey: [...queryKeys.keys, "name", id],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/keys/{id}", { params: { path: { id: id ?? "" } }, signal })),
    enabled: id !== null,
  });
  return id === null ? null : (data?.key.name ?? null);
}
