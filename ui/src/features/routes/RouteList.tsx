import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useRef } from "react";
import type { Route } from "@/api/index.ts";
import { cx } from "@/ui/index.ts";
import { LastRequest } from "./LastRequest.tsx";
import { useRouteUses } from "./queries.ts";
import { GatewayLine, RouteLine } from "./RouteLine.tsx";
import type { RouteRow } from "./routeRows.ts";
import type { SavedTestResult } from "./savedTests/queries.ts";
import { resultsOf } from "./savedTests/testText.ts";
import { ServiceLine } from "./service/ServiceLine.tsx";

const ROW_PX = { service: 40, gateway: 40, route: 56 };

interface RouteListProps {
  rows: readonly RouteRow[];
  selected: string | null;
  /** How the saved tests of all routes turn out; `undefined` while that is not known. */
  savedTests: readonly SavedTestResult[] | undefined;
  onOpen: (id: string) => void;
  onSwitch: (route: Route, enabled: boolean) => void;
  onRemove: (route: Route) => void;
}

/** Routes under their services. Arrows move, Enter opens, Delete removes; only rows in sight exist. */
export function RouteList(props: RouteListProps) {
  const { rows, selected, savedTests, onOpen, onSwitch, onRemove } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const uses = useRouteUses();
  // oxlint-disable-next-line react/incompatible-library -- kept out of memoised components
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => ROW_PX[rows[at]?.kind ?? "route"],
    getItemKey: (at) => rows[at]?.id ?? at,
    overscan: 8,
    initialRect: { width: 0, height: 640 },
  });

  const focusRow = (at: number) => {
    if (at < 0 || at >= rows.length) return;
    virtual.scrollToIndex(at);
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-at="${at}"] [data-open]`)?.focus();
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const at = Number(target.closest<HTMLElement>("[data-at]")?.dataset.at);
    const row = rows[at];
    if (!row || !Object.hasOwn(target.dataset, "open")) return;
    // The line above the gateway's own routes opens nothing.
    const past = (next: number) => (rows[next]?.kind === "gateway" ? 2 : 1);
    if (event.key === "ArrowDown") focusRow(at + past(at + 1));
    else if (event.key === "ArrowUp") focusRow(at - past(at - 1));
    else if (event.key === "Home") focusRow(0);
    else if (event.key === "End") focusRow(rows.length - 1);
    else if (event.key === "Delete" && row.kind === "route") onRemove(row.route);
    else return;
    event.preventDefault();
  };
  return (
    // Each row is a button; the list only moves the focus between them.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div ref={scroller} onKeyDown={onKeyDown} className="@container h-full overflow-y-auto">
      <div
        role="list"
        aria-label="Routes by service"
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {virtual.getVirtualItems().map(({ index, key, start, size }) => {
          const row = rows[index];
          if (!row) return null;
          return (
            <div
              key={key}
              role="listitem"
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              data-at={index}
              style={{ height: size, transform: `translateY(${start}px)` }}
              className={cx(
                "absolute inset-x-0 top-0 flex items-center gap-2 border-b border-line-subtle pr-3 pl-3",
                row.id === selected
                  ? "bg-selected shadow-[inset_3px_0_var(--color-accent)]"
                  : row.kind === "route"
                    ? "hover:bg-hover"
                    : "bg-canvas",
              )}
            >
              {row.kind === "service" && <ServiceLine {...row} onOpen={() => onOpen(row.id)} />}
              {row.kind === "gateway" && <GatewayLine routes={row.routes} />}
              {row.kind === "route" && (
                <RouteLine
                  row={row}
                  tests={resultsOf(savedTests, row.route.name)}
                  onOpen={() => onOpen(row.id)}
                  onSwitch={(enabled) => onSwitch(row.route, enabled)}
                  onRemove={() => onRemove(row.route)}
                >
                  {uses && (
                    <LastRequest route={row.route.name} use={uses.get(row.route.name) ?? null} />
                  )}
                </RouteLine>
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
