import { createStore } from "@/store.ts";
import { strokeOf } from "@/ui/keys.ts";
import { available, type Command } from "./commands.ts";
import { preferences } from "./preferences.ts";
import { overlay } from "./shellState.ts";

/** The first key of a chord, once pressed; the hint panel shows what may follow. */
export const pendingChord = createStore<string | null>(null);

/** How long a chord waits for its second key. */
const CHORD_MS = 1000;

/** Where letters are text or already mean something: fields, menus, lists that jump by letter. */
const TAKES_LETTERS =
  "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable=true], [role=menu], [role=listbox], [role=combobox]";

/** What a text field does by itself: undo there is undo of typing. */
const EDITS_TEXT = new Set(["Mod+Z", "Mod+Shift+Z", "Mod+Y"]);

/** Runs commands by their keys, until the returned function is called. Tab is never taken. */
export function startKeyboard(): () => void {
  let chordTimer: ReturnType<typeof setTimeout> | undefined;
  const setChord = (first: string | null) => {
    clearTimeout(chordTimer);
    pendingChord.set(first);
    if (first !== null) chordTimer = setTimeout(() => pendingChord.set(null), CHORD_MS);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const stroke = strokeOf(event);
    if (stroke === null || stroke === "Tab" || stroke === "Shift+Tab") return;
    if (isPlain(stroke) && !lettersAllowed(event.target)) return;
    if (EDITS_TEXT.has(stroke) && takesLetters(event.target)) return;

    const first = pendingChord.get();
    const found = findCommand(available(), first, stroke);
    setChord(found === "chord" ? stroke : null);
    if (found === null) return;
    event.preventDefault();
    if (found !== "chord") found.run();
  };
  window.addEventListener("keydown", onKeyDown);
  return () => {
    setChord(null);
    window.removeEventListener("keydown", onKeyDown);
  };
}

/** A key that would also be text, or edit some: no modifier but Shift, no function key. */
function isPlain(stroke: string): boolean {
  return /^(Shift\+)?(.|Space|Delete)$/u.test(stroke);
}

function takesLetters(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TAKES_LETTERS) !== null;
}

function lettersAllowed(target: EventTarget | null): boolean {
  if (!preferences.get().letterKeys) return false;
  if (takesLetters(target) || overlay.get() !== null) return false;
  return document.querySelector("[role=dialog], [role=alertdialog]") === null;
}

/**
 * The command these keys mean: the newest with `first stroke`, else with `stroke` alone. "chord"
 * when the stroke only begins one; `null` when it means nothing.
 */
export function findCommand(
  all: readonly Command[],
  first: string | null,
  stroke: string,
): Command | "chord" | null {
  const newest = all.toReversed();
  const chorded = first && newest.find((command) => command.keys === `${first} ${stroke}`);
  if (chorded) return chorded;
  const single = newest.find((command) => command.keys === stroke);
  if (single) return single;
  return all.some((command) => command.keys?.startsWith(`${stroke} `)) ? "chord" : null;
}
