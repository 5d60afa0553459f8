import { Button, Dialog, format, Switch, useStore } from "@/ui/index.ts";
import { available, commands } from "./commands.ts";
import { preferences, setPreferences } from "./preferences.ts";
import { ShortcutRow } from "./ShortcutRow.tsx";
import { overlay } from "./shellState.ts";

/** Every key that does something now, by group. */
export function ShortcutSheet() {
  const open = useStore(overlay) === "shortcuts";
  const all = useStore(commands);
  const { letterKeys, keymap } = useStore(preferences);
  const present = available(all);
  // Those without keys because somebody took them away are there to get them back.
  const groups = Map.groupBy(
    present.filter(({ id, keys }) => keys !== undefined || keymap[id] !== undefined),
    (command) => command.group,
  );
  return (
    <Dialog open={open} onClose={() => overlay.set(null)} title="Keyboard shortcuts" width={640}>
      <div className="gap-x-8 sm:columns-2">
        {[...groups].map(([group, members]) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 text-small font-medium text-ink-3">{group}</h3>
            <dl>
              {members.map((command) => (
                <ShortcutRow
                  key={command.id}
                  command={command}
                  all={present}
                  changed={keymap[command.id] !== undefined}
                />
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="border-t border-line-subtle py-3">
        <Switch
          label="Single letters are shortcuts"
          help="Turn this off if you dictate, or if letters set things off by accident. Keys with Ctrl or Command always work."
          checked={letterKeys}
          onChange={(checked) => setPreferences({ letterKeys: checked })}
        />
        {Object.keys(keymap).length > 0 && (
          <Button size="sm" className="mt-3" onClick={() => setPreferences({ keymap: {} })}>
            Give {format.plural(Object.keys(keymap).length, "command")} their own keys again
          </Button>
        )}
      </div>
    </Dialog>
  );
}
