import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";
import type { components } from "@/api/index.ts";
import { Banner, Button, cx, format } from "@/ui/index.ts";
import { hexLine, PER_LINE } from "../../bodyText.ts";
import {
  type BodyIndex,
  type BodyPage,
  bytesOfPage,
  type Line,
  lineOf,
  pageOf,
  pagesOf,
} from "./lines.ts";
import { type BodyOf, useBodyPages } from "./queries.ts";

type Hit = components["schemas"]["BodyHit"];

const MARK = "bg-warn-bg text-ink underline decoration-warn decoration-2";
const LINE_PX = 18;
const MOST_PX = 560;
/** Lines that one can scroll through at once: browsers lay out no more pixels than that. */
const MOST_LINES = 500_000;

interface LargeLinesProps {
  label: string;
  of: BodyOf;
  index: BodyIndex;
  wrap: boolean;
  /** What is to be seen. */
  hit: Hit | null;
}

/** The lines of a body, of which those on screen are on the page and their pages in memory. */
export function LargeLines({ label, of, index, wrap, hit }: LargeLinesProps) {
  const frame = useRef<HTMLDivElement>(null);
  const line = hit?.line ?? null;
  const partOfHit = line === null ? null : Math.floor(line / MOST_LINES);
  const [part, setPart] = useState(partOfHit ?? 0);
  // A place that is found is brought on screen, in whatever part it is.
  const [seen, setSeen] = useState(hit);
  if (seen !== hit) {
    setSeen(hit);
    if (partOfHit !== null) setPart(partOfHit);
  }
  const parts = Math.max(Math.ceil(index.lines / MOST_LINES), 1);
  const first = part * MOST_LINES;
  const count = Math.min(index.lines - first, MOST_LINES);
  // oxlint-disable-next-line react/incompatible-library -- kept out of memoised components
  const rows = useVirtualizer({
    count,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_PX,
    overscan: 10,
  });
  const shown = rows.getVirtualItems();
  const [from, to] = [first + (shown[0]?.index ?? 0), first + (shown.at(-1)?.index ?? 0)];
  const { pages, error } = useBodyPages(of, index.view, pagesOf(index, from, to));

  useEffect(() => {
    if (line !== null && partOfHit === part) {
      rows.scrollToIndex(line - part * MOST_LINES, { align: "center" });
    }
    // oxlint-disable-next-line react/exhaustive-deps -- the rows are another object each time
  }, [line, hit, part, partOfHit]);
  const isThere = line !== null && pages.has(pageOf(index, line));
  useEffect(() => {
    const mark = isThere ? frame.current?.querySelector("mark") : null;
    mark?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isThere, hit]);

  const digits = String(index.lines).length;
  const width = index.is_text ? `${index.longest_line + digits + 4}ch` : undefined;
  return (
    <div className="overflow-hidden rounded-control border border-line-subtle bg-sunken">
      {error && <Banner tone="err">{error.message}</Banner>}
      <div
        ref={frame}
        role="region"
        aria-label={label}
        // A region that scrolls must be reachable with the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        className="overflow-auto font-mono text-code focus-visible:-outline-offset-2"
        style={{ height: Math.min(Math.max(count, 3) * LINE_PX + 16, MOST_PX) }}
      >
        <div
          className="relative my-2 min-w-full"
          style={{ height: rows.getTotalSize(), width: wrap ? "100%" : width }}
        >
          {shown.map((row) => {
            const number = first + row.index;
            const page = pages.get(pageOf(index, number));
            const isHit = number === line;
            return (
              <div
                key={row.key}
                ref={wrap ? rows.measureElement : undefined}
                data-index={row.index}
                className={cx(
                  "absolute top-0 left-0 flex min-w-full",
                  wrap && "w-full",
                  isHit && "bg-selected",
                )}
                style={{
                  transform: `translateY(${row.start}px)`,
                  ...(wrap ? { minHeight: LINE_PX } : { height: LINE_PX }),
                }}
              >
                {index.is_text && <LineNumber number={number} digits={digits} />}
                {page === undefined ? (
                  <span className="text-ink-3">…</span>
                ) : (
                  <Shown
                    index={index}
                    page={page}
                    number={number}
                    wrap={wrap}
                    hit={isHit ? hit : null}
                  />
                )}
              </div>
            );
          })}
        </div>
      </div>
      <footer className="flex min-h-7 items-center gap-2 border-t border-line-subtle px-2.5 text-small text-ink-3 tabular-nums">
        <span className="flex-1">
          {parts === 1
            ? format.plural(index.lines, "line")
            : `Lines ${format.count(first + 1)} to ${format.count(first + count)} of ${format.count(index.lines)}`}
        </span>
        {parts > 1 && (
          <>
            <Button
              size="sm"
              disabledReason={part === 0 ? "This is the beginning." : undefined}
              onClick={() => setPart(part - 1)}
            >
              Lines before
            </Button>
            <Button
              size="sm"
              disabledReason={part === parts - 1 ? "This is the end." : undefined}
              onClick={() => setPart(part + 1)}
            >
              Lines after
            </Button>
          </>
        )}
      </footer>
    </div>
  );
}

function LineNumber({ number, digits }: { number: number; digits: number }) {
  return (
    <span
      aria-hidden="true"
      className="sticky left-0 shrink-0 border-r border-line-subtle bg-sunken pr-2 pl-2.5 text-right text-ink-3 select-none"
      style={{ width: `calc(${digits}ch + 20px)` }}
    >
      {number + 1}
    </span>
  );
}

interface ShownProps {
  index: BodyIndex;
  page: BodyPage;
  number: number;
  wrap: boolean;
  hit: Hit | null;
}

function Shown({ index, page, number, wrap, hit }: ShownProps) {
  if (!index.is_text) {
    const at = (number - page.first_line) * PER_LINE;
    return (
      <span className="pl-2.5 whitespace-pre">
        {hexLine(bytesOfPage(page), at, page.first_line * PER_LINE)}
      </span>
    );
  }
  const line = lineOf(page, number);
  if (!line) return null;
  return (
    <span className={cx("min-w-0 px-2", wrap ? "break-all whitespace-pre-wrap" : "whitespace-pre")}>
      <Marked line={line} hit={hit} />
    </span>
  );
}

function Marked({ line: { text, more }, hit }: { line: Line; hit: Hit | null }) {
  const rest = more > 0 && (
    <span className="text-ink-3 select-none">{`… + ${format.bytes(more)} on this line`}</span>
  );
  if (!hit)
    return (
      <>
        {text}
        {rest}
      </>
    );
  const end = hit.column + hit.length;
  if (end <= text.length) {
    return (
      <>
        {text.slice(0, hit.column)}
        <mark className={MARK}>{text.slice(hit.column, end)}</mark>
        {text.slice(end)}
        {rest}
      </>
    );
  }
  // It stands in the part that is not shown: only its surroundings are.
  return (
    <>
      <span className="text-ink-3 select-none">{`At ${format.count(hit.column + 1)}: …`}</span>
      {hit.before}
      <mark className={MARK}>{hit.found}</mark>
      {hit.after}
      <span className="text-ink-3 select-none">…</span>
    </>
  );
}
