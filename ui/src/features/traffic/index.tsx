import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import {
  type KeyboardEvent,
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { events, queryKeys } from "@/api/index.ts";
import { runCommand } from "@/app/commands.ts";
import { useForceNext } from "@/app/faults.ts";
import { useStatus } from "@/app/status.ts";
import { columnsOf } from "@/live/columns.ts";
import { momentText, timeOf, withTerm, withTime } from "@/live/filterText.ts";
import { LiveLog } from "@/live/liveLog.ts";
import { SplitPane, useStore } from "@/ui/index.ts";
import { ClearLog } from "./ClearLog.tsx";
import { ColumnsDialog } from "./ColumnsDialog.tsx";
import { AskPane, DetailPane } from "./DetailPane.tsx";
import { EmptyLog } from "./EmptyLog.tsx";
import { FilterBar } from "./FilterBar.tsx";
import type { FilterFieldHandle } from "./FilterField.tsx";
import { useFilterReading, useViews, type View } from "./findingQueries.ts";
import { FirstRequestStrip, useFirstRequest } from "./FirstRequestStrip.tsx";
import { HistogramStrip, type Stretch } from "./HistogramStrip.tsx";
import { openView, useLayout } from "./layoutChoice.ts";
import { hasMessages } from "./MessagesTab.tsx";
import { LogGrid } from "./LogGrid.tsx";
import { LogStateBar } from "./LogStateBar.tsx";
import { type Detail, readCells, readPage, readSorted, useRoutes } from "./queries.ts";
import type { ReplayWish } from "./ReplayTab.tsx";
import { pin, remove } from "./keepCommands.ts";
import { RetryWithKey } from "./retry/RetryWithKey.tsx";
import { useRetryWithKey } from "./retry/useRetryWithKey.ts";
import { type DetailTab, tabAfter } from "./search.ts";
import { TimeFields } from "./TimeFields.tsx";
import { useTrafficCommands } from "./trafficCommands.ts";
import { useDraft } from "./useDraft.ts";
import { useSelected } from "./useSelected.ts";
import { RANGES, useHistogram } from "./useHistogram.ts";
import { useViewOrder } from "./useViewOrder.ts";
import { useWide } from "./useWide.ts";
import { ViewTabs } from "./ViewTabs.tsx";
import { Warnings } from "./Warnings.tsx";

// Read when they are wanted.
const ExportDialog = lazy(async () => ({
  default: (await import("./ExportDialog.tsx")).ExportDialog,
}));
const ImportDialog = lazy(async () => ({
  default: (await import("./ImportDialog.tsx")).ImportDialog,
}));

/** The Traffic place: the live log, what of it to show, and one request in detail. */
export function TrafficPlace() {
  const search = useSearch({ from: "/traffic" });
  const { q = "", sel: chosen = "", tab = "overview", ask, with: other = "" } = search;
  const { view: opened = "" } = search;
  const sel = chosen || null;
  const asked = sel === null && ask ? ask : null;
  const navigate = useNavigate({ from: "/traffic" });
  const client = useQueryClient();
  const status = useStatus();
  const wide = useWide();
  const frame = useRef<HTMLDivElement>(null);
  const field = useRef<FilterFieldHandle>(null);
  const [slowed, setSlowed] = useState(false);
  const [asking, setAsking] = useState(false);
  const [dragging, setDragging] = useState(false);
  const [timing, setTiming] = useState(false);
  const [marked, setMarked] = useState<string | null>(null);
  const [wish, setWish] = useState<ReplayWish | null>(null);
  const [exporting, setExporting] = useState(false);
  const [importing, setImporting] = useState(false);
  const [arranging, setArranging] = useState(false);
  const [hiddenColumns, setHiddenColumns] = useState<readonly string[]>([]);

  const [log] = useState(
    () => new LiveLog({ read: readPage, readSorted, readCells, feed: events }),
  );
  const [full, setFull] = useState(false);
  useEffect(() => log.start(), [log]);
  useEffect(() => void log.setFilter(q), [log, q]);
  const { mode, empty, filter, problem, search: progress } = useStore(log.state);
  const reading = useFilterReading(filter ?? "");
  const range = RANGES.find(({ id }) => id === search.range) ?? RANGES[0];
  const { strip, stale } = useHistogram(filter ?? "", range, dragging);

  const applyFilter = useCallback(
    (next: string) =>
      void navigate({
        search: (others) => ({ ...others, q: next }),
        replace: true,
      }),
    [navigate],
  );
  const [draft, setDraft, applyDraft] = useDraft(q, applyFilter);
  const views = useViews();
  const view = openView(views, opened, draft);
  const [layout, changeLayout] = useLayout(view);
  const columns = useMemo(() => columnsOf(layout.columns), [layout.columns]);
  const routes = useRoutes();
  const paths = useMemo(
    () => new Map(routes?.map(({ name, match }) => [name, match?.path ?? "/"])),
    [routes],
  );
  const orderAgain = useViewOrder(log, view, opened);
  const openTheView = (next: View | null) => {
    void navigate({
      search: (others) => ({ ...others, view: next?.name ?? "", q: next?.q ?? "" }),
      replace: true,
    });
    setDraft(next?.q ?? "");
    orderAgain(next);
  };
  const select = useCallback(
    (id: string | null) =>
      void navigate({
        // What it was compared with is not what the next one is.
        search: (others) => ({
          ...others,
          sel: id ?? "",
          ask: "",
          ...(others.with && { with: "" }),
        }),
        replace: true,
      }),
    [navigate],
  );
  const openTab = (next: DetailTab) =>
    void navigate({ search: (others) => ({ ...others, tab: next }), replace: true });

  const bindTo = ({ sinceUs, untilUs }: Stretch) => {
    const text = (us: number | null) => (us === null ? null : momentText(us));
    setDraft(withTime(draft, text(sinceUs), text(untilUs)));
  };

  const openAt = useCallback(
    (id: string, next: DetailTab, compared = "") =>
      void navigate({
        search: (others) => ({ ...others, sel: id, tab: next, with: compared }),
        replace: true,
      }),
    [navigate],
  );

  const focusGrid = () => frame.current?.querySelector<HTMLElement>("[role=grid]")?.focus();
  const close = () => {
    setFull(false);
    select(null);
    // Behind a detail with all the room the rows cannot have the focus yet.
    requestAnimationFrame(focusGrid);
  };
  const enlarge = (next: boolean) => {
    setFull(next);
    if (!next) requestAnimationFrame(focusGrid);
  };
  const focusFilter = useCallback(() => field.current?.focus(), []);
  const current = useCallback(() => {
    const known = client.getQueryData<Detail>([...queryKeys.exchanges, sel]);
    return log.active() ?? known?.summary;
  }, [client, log, sel]);
  const test = useCallback(
    (request: string) => void navigate({ to: "/routes", search: { test: "GET", request } }),
    [navigate],
  );
  const whatIf = useCallback(
    (id: string | null) =>
      void navigate({
        search: (others) => ({
          ...others,
          sel: id ?? "",
          ask: id === null ? "GET /" : "",
          ...(id !== null && { tab: "what-if" as const }),
        }),
      }),
    [navigate],
  );
  const askToClear = useCallback(() => setAsking(true), []);
  const retrying = useRetryWithKey();
  const force = useForceNext();
  const { selection, targets, alone, leave } = useSelected(log, sel, current, close);
  const keeping = { log, targets, leave };
  useTrafficCommands({
    log,
    current,
    targets,
    leave,
    url: status?.url ?? "",
    filter: draft,
    setFilter: setDraft,
    focusFilter,
    open: select,
    askToClear,
    test,
    whatIf,
    marked,
    mark: setMarked,
    compare: (id, compared) => openAt(id, "diff", compared),
    replay: (id, how) => {
      setWish({ id, wish: how });
      openAt(id, "replay");
    },
    askToExport: () => setExporting(true),
    askToImport: () => setImporting(true),
    arrange: () => setArranging(true),
    retryWithKey: retrying.start,
    force,
    turnTab:
      sel === null
        ? null
        : (step) => openTab(tabAfter(tab, step, hasMessages(current()) || tab === "messages")),
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const inside = event.target instanceof Node && event.currentTarget.contains(event.target);
    if (event.key !== "Escape" || event.defaultPrevented || !inside) return;
    if (sel !== null || asked !== null) close();
    else if (selection.clear()) return;
    else if (log.state.get().active !== null) log.activate(null);
    else setDraft("");
  };

  const logged = status?.log?.rows ?? null;
  const [coached, endCoaching] = useFirstRequest(!empty || (logged ?? 0) > 0);
  const running = status?.gateway.state === "running";
  const unreadable = problem?.code === "filter_invalid" ? problem : null;
  return (
    // Escape steps back from wherever the focus is.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={frame} onKeyDown={onKeyDown} className="flex h-full min-h-0 flex-col">
      <h1 className="sr-only">Traffic</h1>
      <Warnings status={status} problem={unreadable ? null : problem} hasRows={!empty} />
      {coached && running && <FirstRequestStrip url={status.url} onDismiss={endCoaching} />}
      <ViewTabs
        log={log}
        filter={draft}
        layout={layout}
        view={view}
        onOpen={openTheView}
        onNamed={(name) =>
          void navigate({ search: (others) => ({ ...others, view: name }), replace: true })
        }
      />
      <FilterBar
        field={field}
        value={draft}
        onChange={setDraft}
        onApply={applyDraft}
        onLeave={focusGrid}
        problem={unreadable && { message: unreadable.message, at: unreadable.document?.at ?? null }}
        applied={filter ?? ""}
        reading={reading}
        mode={mode}
        onTogglePause={() => log.togglePause()}
      />
      <HistogramStrip
        strip={strip}
        stale={stale}
        range={range}
        onRange={(id) =>
          void navigate({ search: (others) => ({ ...others, range: id }), replace: true })
        }
        bound={{ sinceUs: reading?.since_us ?? null, untilUs: reading?.until_us ?? null }}
        onBound={bindTo}
        onFields={() => setTiming(true)}
        onDragging={setDragging}
      />
      <LogStateBar
        log={log}
        slowed={slowed}
        hidden={hiddenColumns}
        selection={selection}
        onSelected={{
          onPin: () => void pin(keeping),
          onCompare: () => runCommand("traffic.diff"),
          onExport: () => setExporting(true),
          onRemove: () => void remove(keeping),
        }}
        onColumns={() => setArranging(true)}
        onClear={askToClear}
        onExport={() => setExporting(true)}
        onImport={() => setImporting(true)}
      />
      <div className="min-h-0 flex-1">
        <SplitPane
          id={wide ? "traffic.columns" : "traffic.rows"}
          key={wide ? "columns" : "rows"}
          direction={wide ? "columns" : "rows"}
          label="request detail"
          initial={wide ? 620 : 330}
          min={160}
          minFirst={140}
          full={full && sel !== null}
          first={
            <div className="relative h-full">
              <LogGrid
                log={log}
                selection={selection}
                onEnlarge={() => enlarge(true)}
                chosen={columns}
                time={layout.time ?? "absolute"}
                marked={marked}
                paths={paths}
                selected={sel}
                onSelect={select}
                onTerm={(key, value, exclude, op) =>
                  setDraft(withTerm(draft, key, value, exclude, op))
                }
                onSlowed={setSlowed}
                onArrange={(next) => changeLayout({ columns: [...next] })}
                onHidden={setHiddenColumns}
              />
              {empty && (
                <div className="absolute inset-x-0 top-7 bottom-0 overflow-auto bg-surface">
                  <EmptyLog
                    status={status}
                    filter={filter}
                    coached={coached}
                    searching={progress !== null}
                    onFilter={setDraft}
                  />
                </div>
              )}
            </div>
          }
          second={
            sel !== null ? (
              <DetailPane
                id={sel}
                tab={tab}
                onTab={openTab}
                onClose={close}
                full={full}
                onFull={enlarge}
                onPin={(row) => void pin(keeping, [row])}
                onRemove={(row) => void remove(keeping, [row])}
                again={{
                  other,
                  marked,
                  wish,
                  onWished: () => setWish(null),
                  onOther: (id) => openAt(sel, "diff", id),
                  onOpen: (id) => openAt(id, "overview"),
                }}
              />
            ) : asked === null ? null : (
              <AskPane request={asked} onClose={close} />
            )
          }
        />
      </div>
      {timing && (
        <TimeFields
          since={timeOf(draft, "since")}
          until={timeOf(draft, "until")}
          onClose={() => setTiming(false)}
          onApply={(since, until) => {
            setTiming(false);
            setDraft(withTime(draft, since || null, until || null));
          }}
        />
      )}
      {arranging && (
        <ColumnsDialog
          layout={layout}
          onChange={changeLayout}
          view={view?.name ?? null}
          onClose={() => setArranging(false)}
        />
      )}
      <Suspense>
        {exporting && (
          <ExportDialog filter={filter ?? ""} only={alone()} onClose={() => setExporting(false)} />
        )}
        {importing && (
          <ImportDialog
            onClose={() => setImporting(false)}
            onOpen={(id) => {
              setImporting(false);
              openAt(id, "overview");
            }}
          />
        )}
      </Suspense>
      <RetryWithKey
        retry={retrying.retry}
        onConfirm={retrying.confirm}
        onClose={retrying.close}
        onOpen={(id) => openAt(id, "overview")}
      />
      <ClearLog
        open={asking}
        rows={logged}
        onClose={() => setAsking(false)}
        onCleared={() => {
          select(null);
          void log.reload();
        }}
      />
    </div>
  );
}
