import { ArrowDown, ArrowUp, Minus, Plus, X } from "lucide-react";
import {
  bounded,
  type ChosenColumn,
  columnsOf,
  type Layout,
  LOG_COLUMNS,
  type LogColumn,
  NARROWEST,
  type TimeStyle,
  USUAL_LAYOUT,
  WIDEST,
  WIDTH_STEP,
  withWidth,
} from "@/live/columns.ts";
import { Button, Dialog, IconButton, NumberField, SegmentedControl } from "@/ui/index.ts";
import { AddColumn } from "./AddColumn.tsx";

interface ColumnsDialogProps {
  layout: Layout;
  onChange: (changes: Partial<Layout>) => void;
  /** The name of the view it is saved with; `null`: it stays in this browser. */
  view: string | null;
  onClose: () => void;
}

const TIMES: readonly { value: TimeStyle; label: string }[] = [
  { value: "absolute", label: "Time of day" },
  { value: "relative", label: "How long ago" },
  { value: "delta", label: "After the row above" },
];

/** Which columns the log has, in what order and how wide, and how it writes times. */
export function ColumnsDialog({ layout, onChange, view, onClose }: ColumnsDialogProps) {
  const chosen = columnsOf(layout.columns);
  const columns: ChosenColumn[] = chosen.map(
    ({ id }) => layout.columns.find((column) => column.id === id) ?? { id },
  );
  const others = LOG_COLUMNS.filter(({ id }) => !columns.some((column) => column.id === id));
  const change = (next: readonly ChosenColumn[]) => onChange({ columns: [...next] });
  const toggle = (id: string) =>
    change(
      columns.some((column) => column.id === id)
        ? columns.filter((column) => column.id !== id)
        : [...columns, { id }],
    );
  const move = (at: number, by: number) => {
    const next = [...columns];
    next.splice(at + by, 0, ...next.splice(at, 1));
    change(next);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Columns"
      description={`${view === null ? "They stay so in this browser." : `They are saved with the view ${view}.`} Where the window is narrow, those that are needed least are left out.`}
      width={520}
      footer={
        <>
          <Button onClick={() => onChange(USUAL_LAYOUT)}>As usual</Button>
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 pb-2">
        <span className="text-body font-medium">Times as</span>
        <SegmentedControl
          label="How times are written"
          value={layout.time ?? "absolute"}
          onChange={(time) => onChange({ time })}
          options={TIMES}
        />
      </div>
      <ul aria-label="Columns" className="flex flex-col">
        {chosen.map((column, at) => (
          <ChosenRow
            key={column.id}
            column={column}
            isFirst={at === 0}
            isLast={at === chosen.length - 1}
            onToggle={() => toggle(column.id)}
            onMove={(by) => move(at, by)}
            onWidth={(width) => change(withWidth(columns, column.id, width))}
          />
        ))}
        {others.map(({ id, header, hint }) => (
          <li key={id} className="flex min-h-8 items-center">
            <label className="flex min-w-0 items-center gap-2 select-none" title={hint}>
              <input
                type="checkbox"
                checked={false}
                onChange={() => toggle(id)}
                className="size-4 shrink-0 accent-accent"
              />
              {header}
            </label>
          </li>
        ))}
      </ul>
      <AddColumn taken={columns.map(({ id }) => id)} onAdd={(id) => change([...columns, { id }])} />
    </Dialog>
  );
}

interface ChosenRowProps {
  column: LogColumn;
  isFirst: boolean;
  isLast: boolean;
  onToggle: () => void;
  onMove: (by: 1 | -1) => void;
  /** `null`: as usual. */
  onWidth: (width: number | null) => void;
}

function ChosenRow({ column, isFirst, isLast, onToggle, onMove, onWidth }: ChosenRowProps) {
  const { id, header, hint, width, grows, spare } = column;
  const step = (by: number) => onWidth(bounded(width + by));
  return (
    <li className="flex min-h-9 flex-wrap items-center gap-x-1 gap-y-0.5">
      <label className="flex min-w-40 flex-1 items-center gap-2 select-none" title={hint}>
        <input
          type="checkbox"
          checked
          disabled={spare === 0}
          onChange={onToggle}
          className="size-4 shrink-0 accent-accent"
        />
        <span className="truncate">{header}</span>
        {spare === 0 && <span className="text-small text-ink-3">always shown</span>}
      </label>
      {grows ? (
        <span className="pr-2 text-small text-ink-3">takes the room that is left</span>
      ) : (
        <span className="flex items-center gap-1">
          <IconButton
            label={`Make ${header} narrower`}
            icon={<Minus size={14} aria-hidden="true" />}
            disabledReason={width <= NARROWEST ? "No column is narrower." : undefined}
            onClick={() => step(-WIDTH_STEP)}
          />
          <NumberField
            label={`Width of ${header} in pixels`}
            hideLabel
            value={width}
            min={NARROWEST}
            max={WIDEST}
            onChange={onWidth}
            style={{ width: 56 }}
          />
          <IconButton
            label={`Make ${header} wider`}
            icon={<Plus size={14} aria-hidden="true" />}
            disabledReason={width >= WIDEST ? "No column is wider." : undefined}
            onClick={() => step(WIDTH_STEP)}
          />
        </span>
      )}
      <IconButton
        label={`Move ${header} to the left`}
        icon={<ArrowUp size={14} aria-hidden="true" />}
        disabledReason={isFirst ? "It is the first." : undefined}
        onClick={() => onMove(-1)}
      />
      <IconButton
        label={`Move ${header} to the right`}
        icon={<ArrowDown size={14} aria-hidden="true" />}
        disabledReason={isLast ? "It is the last." : undefined}
        onClick={() => onMove(1)}
      />
      <span className="flex w-6 justify-end">
        {!LOG_COLUMNS.some((one) => one.id === id) && (
          <IconButton
            label={`Remove ${header}`}
            icon={<X size={14} aria-hidden="true" />}
            onClick={onToggle}
          />
        )}
      </span>
    </li>
  );
}
