import { useEffect, useLayoutEffect } from "react";
import { createStore } from "@/store.ts";
import { asChosen } from "./keymap.ts";

/**
 * Something a person can do, declared once. It appears in the palette and in the shortcut sheet,
 * and its keys work. Menus may show the same object.
 */
export interface Command {
  /** Stable and unique: "go.traffic", "traffic.pause". The last one registered under an id wins. */
  id: string;
  /** Verb and object: "Issue key". */
  title: string;
  /** The place it belongs to, as the palette and the sheet group it: "Traffic". */
  group: string;
  /** "Mod+K", "Shift+F6", or a chord "G T". A place's keys win over the same keys declared earlier. */
  keys?: string;
  /** Other words people may type for it. */
  words?: string;
  /** Whether it acts on what is selected: the palette leads with it. */
  contextual?: boolean;
  /** Whether it makes sense now; absent means always. Not in the palette and without keys while false. */
  when?: () => boolean;
  run: () => void;
}

/** All commands there are now, in order of registration. */
export const commands = createStore<readonly Command[]>([]);

/** Adds commands until the returned function is called. */
export function registerCommands(added: readonly Command[]): () => void {
  commands.set((present) => [...present, ...added]);
  const own = new Set(added);
  return () => commands.set((present) => present.filter((command) => !own.has(command)));
}

/**
 * Adds the window's own commands: before those of any place, also when both appear at once, so that
 * a place can put its own in their stead.
 */
export function useWindowCommands(added: readonly Command[]): void {
  useLayoutEffect(() => registerCommands(added), [added]);
}

/** Adds commands while the component is on the page. Give it a constant or a memoised array. */
export function useCommands(added: readonly Command[]): void {
  useEffect(() => registerCommands(added), [added]);
}

/** The commands that make sense now, each id once, with the keys that a person wants. */
export function available(all: readonly Command[] = commands.get()): Command[] {
  const byId = new Map(all.map((command) => [command.id, command]));
  return [...byId.values()]
    .filter((command) => command.when?.() ?? true)
    .map((command) => asChosen(command));
}

/** Runs the command with this id, where there is one now. */
export function runCommand(id: string): void {
  available()
    .find((command) => command.id === id)
    ?.run();
}
