import { Dialog } from "@base-ui/react/dialog";
import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { cx, format, Kbd, useStore } from "@/ui/index.ts";
import { available, type Command, commands } from "./commands.ts";
import { matchScore } from "./match.ts";
import { preferences, setPreferences } from "./preferences.ts";
import { overlay } from "./shellState.ts";

const MOST_RECENT = 5;

/** Search and commands in one input (`Mod+K`). Opens at once: no motion. */
export function Palette() {
  const open = useStore(overlay) === "palette";
  return (
    <Dialog.Root open={open} onOpenChange={(next) => overlay.set(next ? "palette" : null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-[rgb(10_13_17/25%)]" />
        <Dialog.Popup
          aria-label="Search or run a command"
          className="float fixed top-[14vh] left-1/2 z-40 w-[min(560px,calc(100vw-32px))] -translate-x-1/2 overflow-hidden"
        >
          <PaletteList />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The input and its list: a combobox whose list is always open. */
function PaletteList() {
  const id = useId();
  const all = useStore(commands);
  const { recentCommands } = useStore(preferences);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = search(available(all), typed, recentCommands);
  const at = Math.min(chosen, found.length - 1);

  const run = (command: Command) => {
    const others = recentCommands.filter((recent) => recent !== command.id);
    setPreferences({ recentCommands: [command.id, ...others].slice(0, MOST_RECENT) });
    overlay.set(null);
    // After the dialog has given the focus back: a command may put it elsewhere.
    requestAnimationFrame(() => command.run());
  };
  const move = (to: number) => {
    const wrapped = (to + found.length) % found.length;
    setChosen(wrapped);
    document.getElementById(`${id}-${wrapped}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const command = found[at];
    if (event.key === "ArrowDown" && command) move(at + 1);
    else if (event.key === "ArrowUp" && command) move(at - 1);
    else if (event.key === "Enter" && command) run(command);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className="flex items-center gap-2 border-b border-line-subtle px-3">
        <Search size={16} aria-hidden="true" className="shrink-0 text-ink-3" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          aria-label="Command"
          placeholder="Search or run a command"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          className="h-11 min-w-0 flex-1 bg-transparent text-[14px] outline-none"
        />
        <Kbd keys="Esc" />
      </div>
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label="Commands"
        className="max-h-[min(400px,56vh)] scroll-py-1 overflow-y-auto p-1 empty:hidden"
      >
        {found.map((command, index) => (
          // The input has the keyboard; see onKeyDown.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={command.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => setChosen(index)}
            onClick={() => run(command)}
            className={cx(
              "flex h-8 items-center gap-3 rounded-control px-2 text-body select-none",
              index === at && "bg-selected",
            )}
          >
            <span className="min-w-0 flex-1 truncate">{command.title}</span>
            <span className="text-small text-ink-3">{command.group}</span>
            <span className="flex w-16 justify-end">
              {command.keys && <Kbd keys={command.keys} />}
            </span>
          </div>
        ))}
      </div>
      {found.length === 0 && (
        <p className="px-4 py-6 text-center text-ink-2">No command is called “{typed}”.</p>
      )}
      <p role="status" className="sr-only">
        {format.plural(found.length, "result")}
      </p>
    </>
  );
}

/** Best match first; with nothing typed, what was run last, then everything in its order. */
export function search(
  all: readonly Command[],
  typed: string,
  recent: readonly string[],
): Command[] {
  const offered = all.filter((command) => command.id !== "palette");
  const recency = (command: Command) => {
    const at = recent.indexOf(command.id);
    return at < 0 ? 0 : MOST_RECENT - at;
  };
  return offered
    .map((command) => {
      const byTitle = matchScore(typed, command.title);
      const byWords = matchScore(typed, `${command.title} ${command.group} ${command.words ?? ""}`);
      const score = byTitle ?? (byWords === null ? null : byWords - 100);
      return { command, score };
    })
    .filter((match): match is { command: Command; score: number } => match.score !== null)
    .toSorted((a, b) => b.score - a.score || recency(b.command) - recency(a.command))
    .map((match) => match.command);
}
