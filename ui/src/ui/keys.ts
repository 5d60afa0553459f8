/**
 * How keys are written, everywhere: modifiers and a key joined by "+" (`Mod+K`, `Shift+F6`), chords
 * with a space (`G T`). `Mod` is Command on a Mac and Ctrl elsewhere.
 */
export const onMac =
  typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform ?? "");

const MAC_SYMBOLS: Record<string, string> = { Mod: "⌘", Alt: "⌥", Shift: "⇧", Ctrl: "⌃" };

/** The key caps to show for `Mod+K`: ["Ctrl", "K"], or ["⌘", "K"] on a Mac. */
export function keyCaps(keys: string, mac = onMac): string[] {
  return keys
    .split(" ")
    .flatMap((stroke) => splitStroke(stroke))
    .map((cap) => (mac ? (MAC_SYMBOLS[cap] ?? cap) : cap === "Mod" ? "Ctrl" : cap));
}

/** `Mod+K` for `aria-keyshortcuts`, which wants "Control+K". Chords have no spelling there. */
export function ariaKeys(keys: string, mac = onMac): string | undefined {
  if (keys.includes(" ")) return undefined;
  return keys.replace("Mod", mac ? "Meta" : "Control").replace("Ctrl", "Control");
}

/** `Mod++` is Mod and "+". */
function splitStroke(stroke: string): string[] {
  return stroke.endsWith("++") ? [...stroke.slice(0, -2).split("+"), "+"] : stroke.split("+");
}

/** The name of the stroke a keyboard event makes, in the spelling above; `null` for a modifier. */
export function strokeOf(event: KeyboardEvent, mac = onMac): string | null {
  const { key } = event;
  if (["Control", "Meta", "Alt", "Shift", "AltGraph", "Dead", "Process"].includes(key)) return null;
  const printable = [...key].length === 1;
  const letter = printable && key.toLowerCase() !== key.toUpperCase();
  const mod = mac ? event.metaKey : event.ctrlKey;
  const ctrl = mac && event.ctrlKey;
  const parts = [
    mod && "Mod",
    ctrl && "Ctrl",
    event.altKey && "Alt",
    // "?" is Shift+/ on one keyboard and another key on the next: for signs only the sign counts.
    event.shiftKey && (letter || !printable) && "Shift",
    key === " " ? "Space" : printable ? key.toUpperCase() : key,
  ];
  return parts.filter(Boolean).join("+");
}
