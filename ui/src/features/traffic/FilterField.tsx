import { Search, X } from "lucide-react";
import { type KeyboardEvent, type Ref, useId, useImperativeHandle, useRef, useState } from "react";
import { type Token, tokens, withReplaced } from "@/live/filterText.ts";
import { cx, format, IconButton } from "@/ui/index.ts";
import type { Completions } from "./findingQueries.ts";
import { pastFilters, rememberFilter } from "./pastFilters.ts";
import { useCompletions } from "./useCompletions.ts";

export interface FilterFieldHandle {
  focus: () => void;
}

interface FilterFieldProps {
  ref?: Ref<FilterFieldHandle>;
  value: string;
  onChange: (value: string) => void;
  /** Enter: what is typed applies now. */
  onApply: () => void;
  /** Down or Escape: to the rows. */
  onLeave: () => void;
  /** Why the filter cannot be read, and from which character on. */
  problem: { message: string; at: number | null } | null;
}

const INK: Record<Token["kind"], string> = {
  key: "text-accent-ink",
  value: "text-ink",
  operator: "text-limit",
  text: "text-ink",
  space: "",
};

/** Where both the text and its coloured copy stand, letter over letter. */
const TEXT =
  "absolute inset-y-0 right-8 left-8 overflow-hidden font-mono text-code leading-[28px] whitespace-pre";

/**
 * The filter as text. A coloured copy lies under the real field, whose own letters are transparent:
 * caret, selection, undo and input methods stay the browser's.
 */
export function FilterField(props: FilterFieldProps) {
  const { ref, value, onChange, onApply, onLeave, problem } = props;
  const input = useRef<HTMLInputElement>(null);
  const copy = useRef<HTMLDivElement>(null);
  const list = useId();
  const [recalled, setRecalled] = useState<number | null>(null);
  const { offered, active, typed, move, close } = useCompletions();
  useImperativeHandle(ref, () => ({
    focus: () => {
      input.current?.focus();
      input.current?.select();
    },
  }));

  const recall = (step: number) => {
    const past = pastFilters();
    const next = (recalled ?? -1) + step;
    const found = next < 0 ? "" : past[next];
    if (found === undefined) return;
    setRecalled(next < 0 ? null : next);
    onChange(found);
  };
  const accept = (at: number) => {
    const option = offered?.options[at];
    if (!offered || !option) return;
    const next = withReplaced(value, offered.from, offered.to, option.text);
    const caret = offered.from + option.text.length;
    close();
    onChange(next);
    // A name goes on with its values.
    if (/[:.]$/.test(option.text)) typed(next, caret);
    requestAnimationFrame(() => {
      input.current?.focus();
      input.current?.setSelectionRange(caret, caret);
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (offered && event.key === "ArrowDown") move(1);
    else if (offered && active >= 0 && event.key === "ArrowUp") move(-1);
    else if (offered && active >= 0 && event.key === "Enter") accept(active);
    else if (offered && event.key === "Escape") close();
    else if (event.key === "Enter") {
      close();
      rememberFilter(value);
      onApply();
    } else if (event.key === "ArrowUp") recall(1);
    else if (event.key === "ArrowDown" && recalled !== null) recall(-1);
    else if (event.key === "ArrowDown" || event.key === "Escape") onLeave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const follow = () => {
    if (copy.current && input.current) copy.current.scrollLeft = input.current.scrollLeft;
  };

  return (
    <div className="relative h-[30px] min-w-40 flex-1">
      <Search
        size={14}
        aria-hidden="true"
        className="pointer-events-none absolute top-2 left-2.5 z-10 text-ink-3"
      />
      <div
        ref={copy}
        aria-hidden="true"
        className={`${TEXT} pointer-events-none z-10 border-y border-transparent forced-colors:hidden`}
      >
        <Coloured filter={value} wrongFrom={problem?.at ?? null} />
      </div>
      <input
        ref={input}
        type="text"
        role="searchbox"
        aria-label="Filter requests"
        aria-keyshortcuts="/"
        aria-invalid={problem !== null}
        aria-describedby={problem ? "filter-problem" : "filter-meaning"}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={offered ? list : undefined}
        aria-activedescendant={active >= 0 ? `${list}-${active}` : undefined}
        placeholder={'Filter: status:>=500  path:/orders  key:name  "text"'}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={value}
        onChange={(event) => {
          setRecalled(null);
          onChange(event.target.value);
          typed(event.target.value, event.target.selectionStart ?? event.target.value.length);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => {
          close();
          if (problem === null) rememberFilter(value);
        }}
        onScroll={follow}
        onSelect={follow}
        className="field h-[30px]! w-full px-8! font-mono text-code leading-[28px] not-placeholder-shown:text-transparent not-placeholder-shown:caret-ink"
      />
      {value !== "" && (
        <div className="absolute top-[3px] right-[3px] z-10">
          <IconButton
            size="sm"
            label="Clear filter"
            icon={<X size={14} aria-hidden="true" />}
            onClick={() => {
              rememberFilter(value);
              close();
              onChange("");
              input.current?.focus();
            }}
          />
        </div>
      )}
      {offered && <Offered id={list} offered={offered} active={active} onAccept={accept} />}
      <span role="status" className="sr-only">
        {offered && `${format.plural(offered.options.length, "suggestion")}, Down to choose`}
      </span>
    </div>
  );
}

interface OfferedProps {
  id: string;
  offered: Completions;
  active: number;
  onAccept: (at: number) => void;
}

/** How the filter can go on. The focus stays in the field. */
function Offered({ id, offered, active, onAccept }: OfferedProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label="Suggestions"
      className="float absolute top-8 left-0 z-30 max-h-72 w-[min(420px,100%)] overflow-auto p-1"
    >
      {offered.options.map((option, at) => (
        // The keys are those of the field.
        // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
        <div
          key={option.text}
          id={`${id}-${at}`}
          ref={at === active ? scrollNear : undefined}
          role="option"
          tabIndex={-1}
          aria-selected={at === active}
          // The field keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onAccept(at)}
          className={cx(
            "flex min-h-6 cursor-default items-center gap-3 rounded-tag px-2",
            at === active ? "bg-selected" : "hover:bg-hover",
          )}
        >
          <code className="truncate font-mono text-code">{option.text}</code>
          <span className="ml-auto shrink-0 text-small text-ink-3 tabular-nums">
            {option.help ?? (option.count == null ? "" : format.count(option.count))}
          </span>
        </div>
      ))}
    </div>
  );
}

function scrollNear(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** The filter's parts in their colours; from where it cannot be read on, underlined. */
function Coloured({ filter, wrongFrom }: { filter: string; wrongFrom: number | null }) {
  let at = 0;
  return tokens(filter).map((token) => {
    const from = at;
    at += token.text.length;
    const wrong = wrongFrom !== null && at > wrongFrom && token.kind !== "space";
    return (
      <span
        key={from}
        className={
          wrong ? "text-err underline decoration-wavy underline-offset-2" : INK[token.kind]
        }
      >
        {token.text}
      </span>
    );
  });
}
