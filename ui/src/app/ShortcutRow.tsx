import { Pencil, RotateCcw } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { IconButton, Kbd } from "@/ui/index.ts";
import { strokeOf } from "@/ui/keys.ts";
import type { Command } from "./commands.ts";
import { chooseKeys, holderOf } from "./keymap.ts";

interface ShortcutRowProps {
  command: Command;
  /** All commands that there are now. */
  all: readonly Command[];
  /** Whether its keys are not its own. */
  changed: boolean;
}

/** A command with its keys, and a way to give it others. */
export function ShortcutRow({ command, all, changed }: ShortcutRowProps) {
  const [asking, setAsking] = useState(false);
  const [taken, setTaken] = useState<string | null>(null);
  const end = () => {
    setAsking(false);
    setTaken(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!asking) return;
    const stroke = strokeOf(event.nativeEvent);
    if (stroke === null || stroke === "Tab" || stroke === "Shift+Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (stroke === "Escape") return end();
    const keys = stroke === "Backspace" || stroke === "Delete" ? "" : stroke;
    const holder = keys === "" ? undefined : holderOf(keys, command.id, all);
    if (holder) return setTaken(`${keys} is “${holder.title}”`);
    chooseKeys(command.id, keys);
    end();
  };
  return (
    <div className="group flex min-h-7 items-center justify-between gap-2">
      <dt className="min-w-0 flex-1">{command.title}</dt>
      <dd className="flex items-center gap-1">
        {asking ? (
          <span role="status" className={taken ? "text-small text-warn" : "text-small text-ink-2"}>
            {taken ?? "Press keys, Backspace for none"}
          </span>
        ) : command.keys === undefined ? (
          <span className="text-small text-ink-3">none</span>
        ) : (
          <Kbd keys={command.keys} />
        )}
        {changed && !asking && (
          <IconButton
            size="sm"
            label={`Give “${command.title}” its own keys again`}
            icon={<RotateCcw size={12} aria-hidden="true" />}
            onClick={() => chooseKeys(command.id, null)}
          />
        )}
        {/* What is pressed while its button has the focus is what is asked for. */}
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
        <span
          onKeyDown={onKeyDown}
          onBlur={end}
          className={
            asking ? "" : "opacity-0 group-focus-within:opacity-100 group-hover:opacity-100"
          }
        >
          <IconButton
            size="sm"
            label={`Change the keys of “${command.title}”`}
            pressed={asking}
            icon={<Pencil size={12} aria-hidden="true" />}
            onClick={() => (asking ? end() : setAsking(true))}
          />
        </span>
      </dd>
    </div>
  );
}
