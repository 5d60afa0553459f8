import { Download, GitCompare, Pin, Trash2, X } from "lucide-react";
import type { RowSelection } from "@/live/selection.ts";
import { Button, format, IconButton, useStore } from "@/ui/index.ts";

/** What can be done with several requests at once. */
export interface SelectionActions {
  onPin: () => void;
  onCompare: () => void;
  onExport: () => void;
  onRemove: () => void;
}

interface SelectionBarProps extends SelectionActions {
  selection: RowSelection;
}

/** How many requests are selected, and what can be done with them. Nothing where none are. */
export function SelectionBar(props: SelectionBarProps) {
  const { selection, onPin, onCompare, onExport, onRemove } = props;
  const { size } = useStore(selection.ids);
  return (
    <>
      {size > 0 && (
        <div role="group" aria-label="Selected requests" className="flex items-center gap-1">
          <span className="pr-1 font-medium text-ink tabular-nums">
            {format.count(size)} selected
          </span>
          <Button size="sm" variant="ghost" icon={<Pin size={12} />} keys="P" onClick={onPin}>
            Pin
          </Button>
          {size === 2 && (
            <Button
              size="sm"
              variant="ghost"
              icon={<GitCompare size={12} />}
              keys="D"
              onClick={onCompare}
            >
              Compare
            </Button>
          )}
          <Button size="sm" variant="ghost" icon={<Download size={12} />} onClick={onExport}>
            Export…
          </Button>
          <Button
            size="sm"
            variant="ghost"
            icon={<Trash2 size={12} />}
            keys="Delete"
            onClick={onRemove}
          >
            Remove
          </Button>
          <IconButton
            size="sm"
            label="Select nothing"
            keys="Escape"
            icon={<X size={14} aria-hidden="true" />}
            onClick={() => selection.clear()}
          />
        </div>
      )}
      <span role="status" className="sr-only">
        {size > 0 ? `${format.plural(size, "request")} selected` : ""}
      </span>
    </>
  );
}
