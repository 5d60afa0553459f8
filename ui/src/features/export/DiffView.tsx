import { GitCompare } from "lucide-react";
import { Banner, cx, EmptyState, format, Skeleton } from "@/ui/index.ts";
import { type ExportDiff, type FileDiff, type Options, type Product, useDiff } from "./queries.ts";
import { TAKEN } from "./words.ts";

/** What is different in an export since the last one of the same product was taken. */
export function DiffView({ product, options }: { product: Product; options: Options }) {
  const { data, error } = useDiff(product.id, options, true);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton label="Comparing" />;
  return <Diff diff={data} product={product} />;
}

function Diff({ diff, product }: { diff: ExportDiff; product: Product }) {
  const { taken } = diff;
  if (!taken) {
    return (
      <EmptyState
        icon={<GitCompare size={24} aria-hidden="true" />}
        title={`No export to ${product.title} was taken yet`}
      >
        Save the folder or copy a file: the next time, this shows line by line what a change of the
        configuration does to it.
      </EmptyState>
    );
  }
  const differing = diff.files.filter(({ text }) => text !== "");
  const sum = (lines: (file: FileDiff) => number) =>
    format.count(differing.reduce((all, file) => all + lines(file), 0));
  const revision =
    taken.revision === null || taken.revision === undefined
      ? ""
      : `, of revision ${taken.revision}`;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <p role="status" className="shrink-0 border-b border-line-subtle px-3 py-2">
        {differing.length === 0
          ? "Nothing is different"
          : `${format.plural(differing.length, "file is", "files are")} different (+${sum(({ added }) => added)} −${sum(({ removed }) => removed)})`}{" "}
        <span className="text-ink-3">
          since the export that was {TAKEN[taken.how]} {format.relativeTime(taken.at_us / 1000)}
          {revision}
        </span>
      </p>
      <div
        role="region"
        aria-label="Differences"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
        tabIndex={0}
        className="min-h-0 flex-1 overflow-auto bg-sunken focus-visible:-outline-offset-2"
      >
        {differing.map((file) => (
          <Unified key={file.name} file={file} />
        ))}
      </div>
    </div>
  );
}

/** A unified diff; its signs say the same as its colours. */
function Unified({ file }: { file: FileDiff }) {
  // The two lines with names say what the heading does.
  const lines = file.text.replace(/\n$/, "").split("\n").slice(2);
  return (
    <section aria-label={file.name} className="pb-3">
      <h3 className="sticky top-0 flex items-baseline gap-2 border-b border-line-subtle bg-surface px-3 py-1 font-mono text-code">
        {file.name}
        <span className="text-small text-ink-3 tabular-nums">
          +{format.count(file.added)} −{format.count(file.removed)}
        </span>
      </h3>
      <pre className="w-max min-w-full py-1 text-code">
        {lines.map((line, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- lines have no other name
          <div key={at} className={cx("px-3", look(line))}>
            {line === "" ? " " : line}
          </div>
        ))}
      </pre>
    </section>
  );
}

function look(line: string): string {
  if (line.startsWith("+")) return "bg-ok-bg";
  if (line.startsWith("-")) return "bg-err-bg";
  if (line.startsWith("@@")) return "text-ink-3";
  return "";
}
