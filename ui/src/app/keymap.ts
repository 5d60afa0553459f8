import type { Command } from "./commands.ts";
import { preferences, setPreferences } from "./preferences.ts";

/** The command with the keys that a person has chosen for it, if they have. */
export function asChosen(command: Command, keymap = preferences.get().keymap): Command {
  const chosen = keymap[command.id];
  if (chosen === undefined) return command;
  const { keys: _, ...rest } = command;
  return chosen === "" ? rest : { ...rest, keys: chosen };
}

/** The command among these that has these keys already, or whose chord they begin; not `id` itself. */
export function holderOf(keys: string, id: string, all: readonly Command[]): Command | undefined {
  return all.find(
    (command) =>
      command.id !== id && (command.keys === keys || command.keys?.startsWith(`${keys} `)),
  );
}

/** Gives a command other keys; with "" none, with `null` its own again. */
export function chooseKeys(id: string, keys: string | null): void {
  const { [id]: _, ...others } = preferences.get().keymap;
  setPreferences({ keymap: keys === null ? others : { ...others, [id]: keys } });
}
