import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { hexLine, PER_LINE } from "./bodyText.ts";

const LINE_PX = 18;
const MOST_PX = 480;

/** Bytes in lines of 16; only those on screen are on the page. */
export function HexView({ label, bytes }: { label: string; bytes: Uint8Array }) {
  const frame = useRef<HTMLDivElement>(null);
  const count = Math.ceil(bytes.length / PER_LINE);
  // oxlint-disable-next-line react/incompatible-library -- kept out of memoised components
  const lines = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
  });
  return (
    <div
      ref={frame}
      role="region"
      aria-label={label}
      // A region that scrolls must be reachable with the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      className="overflow-auto rounded-control border border-line-subtle bg-sunken px-2.5 font-mono text-code focus-visible:-outline-offset-2"
      style={{ height: Math.min(count * LINE_PX + 16, MOST_PX) }}
    >
      <div className="relative my-2 w-max" style={{ height: lines.getTotalSize() }}>
        {/* As wide as any line. */}
        <div aria-hidden="true" className="invisible h-0 overflow-hidden whitespace-pre">
          {hexLine(bytes, 0)}
        </div>
        {lines.getVirtualItems().map((line) => (
          <div
            key={line.key}
            className="absolute top-0 left-0 whitespace-pre"
            style={{ height: LINE_PX, transform: `translateY(${line.start}px)` }}
          >
            {hexLine(bytes, line.index * PER_LINE)}
          </div>
        ))}
      </div>
    </div>
  );
}
