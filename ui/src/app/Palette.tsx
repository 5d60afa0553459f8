import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  ArrowRight,
  CircleQuestionMark,
  Filter,
  Hash,
  KeyRound,
  type LucideIcon,
  Route,
  Search,
  Server,
} from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import { answer, api, configQuery, queryKeys } from "@/api/index.ts";
import { pastFilters } from "@/features/traffic/pastFilters.ts";
import { cx, format, Kbd, useStore } from "@/ui/index.ts";
import { available, commands } from "./commands.ts";
import { type Entry, type EntryKind, findEntries, PREFIXES, readTyped } from "./paletteEntries.ts";
import { preferences, setPreferences } from "./preferences.ts";
import { overlay } from "./shellState.ts";

const MOST_RECENT = 5;

const ICONS: Record<EntryKind, LucideIcon> = {
  command: ArrowRight,
  route: Route,
  service: Server,
  key: KeyRound,
  filter: Filter,
  request: Hash,
  help: CircleQuestionMark,
};

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
  const navigate = useNavigate();
  const { data } = useQuery(configQuery);
  const keys = useKeys();
  const [filters] = useState(pastFilters);
  const offered = available(all).filter(({ id: command }) => command !== "palette");
  const sources = { commands: offered, config: data?.config, keys, filters };
  const found = findEntries(sources, typed, recentCommands);
  const at = Math.min(chosen, found.length - 1);

  const type = (text: string) => {
    setTyped(text);
    setChosen(0);
  };
  const run = ({ id: entry, does }: Entry) => {
    if ("type" in does) return type(does.type);
    const others = recentCommands.filter((recent) => recent !== entry);
    setPreferences({ recentCommands: [entry, ...others].slice(0, MOST_RECENT) });
    overlay.set(null);
    // After the dialog has given the focus back: a command may put it elsewhere.
    requestAnimationFrame(() => {
      if ("command" in does) does.command.run();
      else void navigate(does.go);
    });
  };
  const move = (to: number) => {
    const wrapped = (to + found.length) % found.length;
    setChosen(wrapped);
    document.getElementById(`${id}-${wrapped}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const entry = found[at];
    if (event.key === "ArrowDown" && entry) move(at + 1);
    else if (event.key === "ArrowUp" && entry) move(at - 1);
    else if (event.key === "Enter" && entry) run(entry);
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
          onChange={(event) => type(event.target.value)}
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
        {found.map((entry, index) => (
          // The input has the keyboard; see onKeyDown.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <div
            key={entry.id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onPointerMove={() => setChosen(index)}
            onClick={() => run(entry)}
            className={cx(
              "flex h-8 items-center gap-3 rounded-control px-2 text-body select-none",
              index === at && "bg-selected",
            )}
          >
            <EntryIcon kind={entry.kind} />
            <span className="min-w-0 flex-1 truncate">{entry.title}</span>
            <span className="max-w-48 truncate text-small text-ink-3">{entry.beside}</span>
            <span className="flex min-w-16 justify-end">
              {entry.keys && <Kbd keys={entry.keys} />}
            </span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="px-4 py-6 text-center text-ink-2">{nothing(typed)}</p>}
      <Prefixes onType={type} />
      <p role="status" className="sr-only">
        {format.plural(found.length, "result")}
      </p>
    </>
  );
}

function EntryIcon({ kind }: { kind: EntryKind }) {
  const Icon = ICONS[kind];
  return <Icon size={14} aria-hidden="true" className="shrink-0 text-ink-3" />;
}

/** What may stand before what is typed; it is put there by a press. */
function Prefixes({ onType }: { onType: (prefix: string) => void }) {
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-1 border-t border-line-subtle px-3 py-1.5 text-small text-ink-3">
      {PREFIXES.map(({ prefix, finds }) => (
        <button
          key={prefix}
          type="button"
          tabIndex={-1}
          title={`Find ${finds}`}
          // The input keeps the keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => onType(prefix)}
          className="inline-flex items-center gap-1 hover:text-ink"
        >
          <code className="font-mono text-code">{prefix}</code>
          {SHORT[prefix]}
        </button>
      ))}
    </p>
  );
}

const SHORT: Record<(typeof PREFIXES)[number]["prefix"], string> = {
  ">": "commands",
  "/": "routes",
  "@": "keys",
  ":": "filter",
  "#": "request id",
  "?": "help",
};

/** Why nothing is listed. */
function nothing(typed: string): string {
  const { prefix, text } = readTyped(typed);
  if (prefix === "#") return "Type or paste the id of a request.";
  if (prefix === ":" && text === "") return "Type a filter, such as status:>=500.";
  if (prefix === "@" && text === "") return "There is no API key yet.";
  if (prefix === "/" && text === "") return "There is no route yet.";
  return `Nothing is called “${text}”.`;
}

/** All API keys, read when the palette opens. */
function useKeys() {
  const { data } = useQuery({
    queryKey: [...queryKeys.keys, "for-the-palette"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/keys", { params: { query: { limit: 500 } }, signal })),
  });
  return data?.rows.map(({ key }) => key) ?? [];
}
