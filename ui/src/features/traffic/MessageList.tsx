import { defaultRangeExtractor, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useRef, useState } from "react";
import { MessageLine } from "./MessageLine.tsx";
import type { Message } from "./useMessages.ts";

/** About how high a message is that is not open. */
const ROW_PX = 29;

/**
 * Messages in the order they passed. Arrows, Home and End move, Enter opens; only those in sight
 * exist, and the one that has the focus.
 */
export function MessageList({ rows }: { rows: readonly Message[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [focused, setFocused] = useState<number | null>(null);
  // oxlint-disable-next-line react/incompatible-library -- kept out of memoised components
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (at) => rows[at]?.number ?? at,
    overscan: 8,
    initialRect: { width: 0, height: 640 },
    rangeExtractor: (range) => {
      const inSight = defaultRangeExtractor(range);
      if (focused === null || focused >= rows.length || inSight.includes(focused)) return inSight;
      return [...inSight, focused].toSorted((a, b) => a - b);
    },
  });

  const rowAt = (at: number) =>
    scroller.current?.querySelector<HTMLElement>(`[data-index="${at}"]`);
  const toggle = (number: number, at: number) => {
    const next = new Set(open);
    if (!next.delete(number)) {
      next.add(number);
      // What was asked for may be below what is in sight.
      requestAnimationFrame(() => rowAt(at)?.scrollIntoView({ block: "nearest" }));
    }
    setOpen(next);
  };
  const focusRow = (at: number) => {
    if (at < 0 || at >= rows.length) return;
    // Makes it exist, so that it can have the focus.
    setFocused(at);
    virtual.scrollToIndex(at);
    requestAnimationFrame(() => rowAt(at)?.querySelector<HTMLElement>("[data-open]")?.focus());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    if (!Object.hasOwn(target.dataset, "open")) return;
    const at = indexOf(target);
    if (at === null) return;
    if (event.key === "ArrowDown") focusRow(at + 1);
    else if (event.key === "ArrowUp") focusRow(at - 1);
    else if (event.key === "Home") focusRow(0);
    else if (event.key === "End") focusRow(rows.length - 1);
    else return;
    event.preventDefault();
  };
  return (
    // Each row is a button; the list only moves the focus between them.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      ref={scroller}
      onKeyDown={onKeyDown}
      onFocus={(event) => setFocused(indexOf(event.target))}
      onBlur={() => setFocused(null)}
      className="min-h-40 flex-1 overflow-y-auto border-t border-line-subtle"
    >
      <ol aria-label="Messages" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const message = rows[index];
          if (!message) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              style={{ transform: `translateY(${start}px)` }}
              className="absolute inset-x-0 top-0 border-b border-line-subtle"
            >
              <MessageLine
                message={message}
                isOpen={open.has(message.number)}
                onToggle={() => toggle(message.number, index)}
              />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** Which row an element stands in. */
function indexOf(element: Element): number | null {
  const row = element.closest<HTMLElement>("[data-index]");
  return row ? Number(row.dataset.index) : null;
}
