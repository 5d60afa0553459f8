import { ArrowDown, ArrowUp } from "lucide-react";
import { LOG_COLUMNS, type LogColumn, USUAL_COLUMNS } from "@/live/columns.ts";
import { Button, Dialog, IconButton } from "@/ui/index.ts";

interface ColumnsDialogProps {
  chosen: readonly LogColumn[];
  onChoose: (ids: readonly string[]) => void;
  onClose: () => void;
}

/** Which columns the log has, and in what order. */
export function ColumnsDialog({ chosen, onChoose, onClose }: ColumnsDialogProps) {
  const ids = chosen.map(({ id }) => id);
  const others = LOG_COLUMNS.filter(({ id }) => !ids.includes(id));
  const toggle = (id: string) =>
    onChoose(ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id]);
  const move = (at: number, by: number) => {
    const next = [...ids];
    const [id] = next.splice(at, 1);
    if (id !== undefined) next.splice(at + by, 0, id);
    onChoose(next);
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Columns"
      description="Where the window is narrow, those that are needed least are left out."
      width={420}
      footer={
        <>
          <Button onClick={() => onChoose(USUAL_COLUMNS)}>As usual</Button>
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <ul className="flex flex-col">
        {[...chosen, ...others].map((column, at) => {
          const shown = ids.includes(column.id);
          return (
            <li key={column.id} className="flex min-h-8 items-center gap-2">
              <label className="flex min-w-0 flex-1 items-center gap-2 select-none">
                <input
                  type="checkbox"
                  checked={shown}
                  disabled={column.spare === 0}
                  onChange={() => toggle(column.id)}
                  className="size-4 shrink-0 accent-accent"
                />
                {column.header}
                {column.spare === 0 && <span className="text-small text-ink-3">always shown</span>}
              </label>
              {shown && (
                <>
                  <IconButton
                    label={`Move ${column.header} to the left`}
                    icon={<ArrowUp size={14} aria-hidden="true" />}
                    disabledReason={at === 0 ? "It is the first." : undefined}
                    onClick={() => move(at, -1)}
                  />
                  <IconButton
                    label={`Move ${column.header} to the right`}
                    icon={<ArrowDown size={14} aria-hidden="true" />}
                    disabledReason={at === ids.length - 1 ? "It is the last." : undefined}
                    onClick={() => move(at, 1)}
                  />
                </>
              )}
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}
