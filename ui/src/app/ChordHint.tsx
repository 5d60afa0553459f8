import { Kbd, useStore } from "@/ui/index.ts";
import { available, commands } from "./commands.ts";
import { pendingChord } from "./keyboard.ts";

/** After the first key of a chord: what the second can be. */
export function ChordHint() {
  const first = useStore(pendingChord);
  const all = useStore(commands);
  if (first === null) return null;
  const following = available(all).filter((command) => command.keys?.startsWith(`${first} `));
  return (
    <div
      role="status"
      className="float fixed bottom-9 left-1/2 z-50 flex -translate-x-1/2 flex-wrap gap-x-5 gap-y-1.5 px-3 py-2 text-small"
    >
      {following.map((command) => (
        <span key={command.id} className="inline-flex items-center gap-1.5">
          <Kbd keys={command.keys?.slice(first.length + 1) ?? ""} />
          {command.title}
        </span>
      ))}
    </div>
  );
}
