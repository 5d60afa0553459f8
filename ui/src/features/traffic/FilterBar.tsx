import { ChevronDown, CircleAlert, Pause, Play } from "lucide-react";
import type { Ref } from "react";
import { hasValue, toggledValue } from "@/live/filterText.ts";
import type { Mode } from "@/live/logState.ts";
import {
  Button,
  cx,
  Menu,
  Shape,
  type ShapeName,
  TONE_INK,
  type Tone,
  Prose,
  sentence,
} from "@/ui/index.ts";
import { FilterField, type FilterFieldHandle } from "./FilterField.tsx";
import { FilterMeaning } from "./FilterMeaning.tsx";
import type { FilterReading } from "./findingQueries.ts";

interface FilterBarProps {
  field: Ref<FilterFieldHandle>;
  value: string;
  onChange: (value: string) => void;
  onApply: () => void;
  onLeave: () => void;
  problem: { message: string; at: number | null } | null;
  /** The filter that applies, and how it is understood. */
  applied: string;
  reading: FilterReading | undefined;
  mode: Mode;
  onTogglePause: () => void;
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

interface Chip {
  label: string;
  name: string;
  key: string;
  value: string;
  shape: ShapeName;
  tone: Tone;
}

const CHIPS: readonly Chip[] = [
  { label: "2xx", name: "Answers 2xx", key: "status", value: "2xx", shape: "ok", tone: "ok" },
  {
    label: "3xx",
    name: "Answers 3xx",
    key: "status",
    value: "3xx",
    shape: "redirect",
    tone: "neutral",
  },
  { label: "4xx", name: "Answers 4xx", key: "status", value: "4xx", shape: "warn", tone: "warn" },
  { label: "5xx", name: "Answers 5xx", key: "status", value: "5xx", shape: "err", tone: "err" },
  { label: "Errors", name: "Errors only", key: "is", value: "error", shape: "err", tone: "err" },
  {
    label: "Limited",
    name: "Limited only",
    key: "is",
    value: "limited",
    shape: "limit",
    tone: "limit",
  },
];

/** What is shown: the filter as text, and the terms most asked for as buttons that write it. */
export function FilterBar({
  field,
  value,
  onChange,
  onApply,
  onLeave,
  problem,
  applied,
  reading,
  mode,
  onTogglePause,
}: FilterBarProps) {
  const paused = mode === "paused";
  return (
    <div className="shrink-0 border-b border-line-subtle">
      <div
        role="toolbar"
        aria-label="Filter"
        className="flex min-h-11 flex-wrap items-center gap-2 px-3 py-1.5"
      >
        <Button
          keys="Space"
          icon={
            paused ? (
              <Play size={14} className="shrink-0" />
            ) : (
              <Pause size={14} className="shrink-0" />
            )
          }
          onClick={onTogglePause}
          className="min-w-[124px]"
        >
          {paused ? "Resume" : "Pause"}
        </Button>
        <FilterField
          ref={field}
          value={value}
          onChange={onChange}
          onApply={onApply}
          onLeave={onLeave}
          problem={problem}
        />
        <div className="flex flex-wrap items-center gap-1">
          <Menu
            align="end"
            trigger={
              <Button size="sm" variant="ghost">
                Method
                <ChevronDown size={12} aria-hidden="true" />
              </Button>
            }
            items={METHODS.map((method) => ({
              label: method,
              checked: hasValue(value, "method", method),
              onSelect: () => onChange(toggledValue(value, "method", method)),
            }))}
          />
          {CHIPS.map((chip) => (
            <ChipButton
              key={chip.label}
              chip={chip}
              on={hasValue(value, chip.key, chip.value)}
              onToggle={() => onChange(toggledValue(value, chip.key, chip.value))}
            />
          ))}
        </div>
      </div>
      {problem && (
        <p
          id="filter-problem"
          role="status"
          className="flex items-center gap-1.5 px-3 pb-1.5 text-small text-err"
        >
          <CircleAlert size={14} aria-hidden="true" className="shrink-0" />
          <span>
            <Prose text={sentence(problem.message)} /> The list still shows the last filter that
            worked.
          </span>
        </p>
      )}
      {!problem && reading && (
        <FilterMeaning
          filter={applied}
          reading={reading}
          current={value === applied}
          onChange={onChange}
        />
      )}
    </div>
  );
}

function ChipButton({ chip, on, onToggle }: { chip: Chip; on: boolean; onToggle: () => void }) {
  return (
    <button
      type="button"
      aria-label={chip.name}
      aria-pressed={on}
      onClick={onToggle}
      className={cx(
        "inline-flex h-6 items-center gap-1.5 rounded-control border px-2 text-small font-medium select-none",
        on
          ? "border-accent bg-selected text-accent-ink"
          : "border-line-subtle text-ink-2 hover:bg-hover hover:text-ink",
      )}
    >
      <Shape name={chip.shape} className={TONE_INK[chip.tone]} />
      {chip.label}
    </button>
  );
}
