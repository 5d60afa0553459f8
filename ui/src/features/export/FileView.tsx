import { Download } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { inDesktop } from "@/api/index.ts";
import { Button, CopyButton, saveFile, Tabs } from "@/ui/index.ts";
import type { ExportFile } from "./queries.ts";

interface FileViewProps {
  files: readonly ExportFile[];
  /** Name of the file that is shown. */
  shown: ExportFile;
  /** The line that is marked; the first is 1. */
  line: number | undefined;
  onShow: (name: string) => void;
  /** What is different since the last export, shown instead of a file; false: a file is. */
  diff: ReactNode | false;
  onDiff: () => void;
  /** A file was copied or saved. */
  onTaken: (how: "copy" | "file") => void;
}

/** No file of an export is called this. */
const DIFF = ":diff";

/** The files of an export, one at a time. */
export function FileView(props: FileViewProps) {
  const { files, shown, line, onShow, diff, onDiff, onTaken } = props;
  const actions = (
    <>
      <CopyButton
        wide
        variant="secondary"
        label="Copy"
        text={shown.text}
        onCopied={() => onTaken("copy")}
      />
      {/* The desktop's webview has no downloads. */}
      {!inDesktop && (
        <Button
          size="sm"
          icon={<Download size={14} aria-hidden="true" />}
          aria-label={`Save ${shown.name}`}
          onClick={() => {
            saveFile(shown.name.replaceAll("/", "-"), shown.text, "text/plain");
            onTaken("file");
          }}
        >
          Save
        </Button>
      )}
    </>
  );
  return (
    <Tabs
      label="Files"
      wrap
      items={[...files.map(({ name }) => ({ id: name, label: name })), { id: DIFF, label: "Diff" }]}
      value={diff === false ? shown.name : DIFF}
      onChange={(id) => (id === DIFF ? onDiff() : onShow(id))}
    >
      {diff === false ? (
        <div className="flex h-full min-h-0 flex-col">
          <div className="flex h-9 shrink-0 items-center justify-end gap-2 border-b border-line-subtle px-2">
            <LineStatus file={shown} line={line} />
            {actions}
          </div>
          <Lines key={shown.name} file={shown} line={line} />
        </div>
      ) : (
        diff
      )}
    </Tabs>
  );
}

function LineStatus({ file, line }: { file: ExportFile; line: number | undefined }) {
  const count = linesOf(file.text);
  return (
    <p role="status" className="min-w-0 flex-1 truncate text-small text-ink-3 tabular-nums">
      {line === undefined || line > count
        ? count === 1
          ? "1 line"
          : `${count} lines`
        : `Line ${line} of ${count}`}
    </p>
  );
}

function linesOf(text: string): number {
  if (text === "") return 0;
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Height of a line, that of `text-code`, and the space over the first. */
const LINE_PX = 20;
const PAD_PX = 8;

/**
 * A text with line numbers, as two blocks of text side by side: thousands of lines cost no more than
 * one, and what is selected and copied has no numbers in it.
 */
function Lines({ file, line }: { file: ExportFile; line: number | undefined }) {
  const frame = useRef<HTMLDivElement>(null);
  const count = linesOf(file.text);
  const marked = line !== undefined && line <= count ? line : undefined;
  const numbers = useMemo(
    () => Array.from({ length: count }, (_, at) => at + 1).join("\n"),
    [count],
  );
  useEffect(() => {
    if (marked === undefined || !frame.current) return;
    const middle = (marked - 0.5) * LINE_PX + PAD_PX;
    frame.current.scrollTo({ top: middle - frame.current.clientHeight / 2, left: 0 });
  }, [marked]);
  if (count === 0) return <p className="p-3 text-ink-2">This file is empty.</p>;
  return (
    <div
      ref={frame}
      role="region"
      aria-label={file.name}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
      tabIndex={0}
      className="min-h-0 flex-1 overflow-auto bg-sunken focus-visible:-outline-offset-2"
    >
      <div className="relative flex w-max min-w-full text-code" style={{ paddingBlock: PAD_PX }}>
        {marked !== undefined && (
          <div
            data-marked={marked}
            aria-hidden="true"
            className="absolute inset-x-0 border-l-2 border-accent bg-selected"
            style={{ top: PAD_PX + (marked - 1) * LINE_PX, height: LINE_PX }}
          />
        )}
        <pre
          aria-hidden="true"
          className="relative min-w-12 shrink-0 px-3 text-right text-ink-3 tabular-nums select-none"
        >
          {numbers}
        </pre>
        <pre className="relative flex-1 pr-4 whitespace-pre">{file.text}</pre>
      </div>
    </div>
  );
}
