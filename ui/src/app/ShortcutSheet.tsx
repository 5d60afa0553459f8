import { Dialog, Kbd, Switch, useStore } from "@/ui/index.ts";
import { available, type Command, commands } from "./commands.ts";
import { preferences, setPreferences } from "./preferences.ts";
import { overlay } from "./shellState.ts";

/** Every key that does something now, by group. */
export function ShortcutSheet() {
  const open = useStore(overlay) === "shortcuts";
  const all = useStore(commands);
  const { letterKeys } = useStore(preferences);
  const groups = Map.groupBy(
    available(all).filter((command): command is Command & { keys: string } =>
      Boolean(command.keys),
    ),
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
                <div key={command.id} className="flex h-7 items-center justify-between gap-4">
                  <dt>{command.title}</dt>
                  <dd>
                    <Kbd keys={command.keys} />
                  </dd>
                </div>
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
      </div>
    </Dialog>
  );
}
