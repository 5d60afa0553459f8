import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useImperativeHandle,
  useRef,
} from "react";
import type { LiveLog } from "@/live/liveLog.ts";
import { format } from "@/ui/index.ts";

export interface LogScrollbarHandle {
  /** Puts the thumb where the screen is; called with each paint. */
  paint: () => void;
}

interface LogScrollbarProps {
  ref: RefObject<LogScrollbarHandle | null>;
  log: LiveLog;
  /** The id of what it scrolls. */
  controls: string;
}

const LEAST_PX = 24;
/** While the thumb is dragged, the log is read so often at most. */
const READ_EVERY_MS = 120;

/**
 * Where in the log the screen is, and a way to another place by the pointer. Live, it rests at the
 * end. The keys of the list go everywhere it goes.
 */
export function LogScrollbar({ ref, log, controls }: LogScrollbarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const thumb = useRef<HTMLDivElement>(null);
  /** How far down the thumb it was taken, while it is dragged. */
  const taken = useRef<number | null>(null);
  const lastRead = useRef(0);

  useImperativeHandle(ref, () => ({
    paint: () => {
      const place = log.place();
      const [frame, part] = [bar.current, thumb.current];
      if (!frame || !part) return;
      set(frame, "hidden", place === null ? "" : null);
      if (place === null) return;
      const { at, from, to, shown, reaches } = place;
      set(frame, "aria-valuemin", String(from));
      set(frame, "aria-valuemax", String(to));
      set(frame, "aria-valuenow", String(at));
      const older = reaches ? "" : ". Older requests: by time or by a filter";
      const where = `${format.count(at)} of ${format.count(to)}${older}`;
      set(frame, "aria-valuetext", where);
      set(frame, "title", where);
      const height = Math.max(
        LEAST_PX,
        (shown / Math.max(1, to - from + shown)) * frame.clientHeight,
      );
      const room = frame.clientHeight - height;
      // Who drags it holds it where it is.
      if (taken.current !== null) return;
      part.style.height = `${Math.round(height)}px`;
      part.style.transform = `translateY(${Math.round(room * partOf(at, from, to))}px)`;
    },
  }));

  const go = (event: PointerEvent, done: boolean) => {
    const [frame, part, place] = [bar.current, thumb.current, log.place()];
    if (!frame || !part || !place || taken.current === null) return;
    const room = frame.clientHeight - part.offsetHeight;
    const y = event.clientY - frame.getBoundingClientRect().top - taken.current;
    const share = Math.min(Math.max(y / Math.max(1, room), 0), 1);
    part.style.transform = `translateY(${Math.round(room * share)}px)`;
    if (!done && performance.now() - lastRead.current < READ_EVERY_MS) return;
    lastRead.current = performance.now();
    if (done && share === 0 && place.reaches) void log.toStart();
    else void log.jumpTo(Math.round(place.from + share * (place.to - place.from)));
  };
  const onPointerDown = (event: PointerEvent) => {
    const part = thumb.current;
    if (event.button !== 0 || !part) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const { top, height } = part.getBoundingClientRect();
    const inside = event.clientY >= top && event.clientY <= top + height;
    taken.current = inside ? event.clientY - top : height / 2;
    if (!inside) go(event, true);
  };
  const onPointerUp = (event: PointerEvent) => {
    go(event, true);
    taken.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => event.stopPropagation();

  return (
    <div
      ref={bar}
      role="scrollbar"
      aria-label="Place in the log"
      aria-orientation="vertical"
      aria-controls={controls}
      aria-valuenow={0}
      tabIndex={-1}
      hidden
      onPointerDown={onPointerDown}
      onPointerMove={(event) => go(event, false)}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        taken.current = null;
      }}
      onClick={(event) => event.stopPropagation()}
      onKeyDown={onKeyDown}
      className="log-scrollbar"
    >
      <div ref={thumb} className="log-thumb" />
    </div>
  );
}

function partOf(at: number, from: number, to: number): number {
  return to <= from ? 1 : (at - from) / (to - from);
}

function set(element: Element, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
