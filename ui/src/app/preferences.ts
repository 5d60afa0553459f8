import { createStore } from "@/store.ts";

/** What a person chose about the interface itself; kept in this browser, not by the gateway. */
export interface Preferences {
  theme: "light" | "dark" | "system";
  density: "compact" | "default" | "comfortable";
  /** Whether single letters are shortcuts. Off helps people who dictate. */
  letterKeys: boolean;
  /** Keys that were chosen for commands, by their ids; empty for none. */
  keymap: Readonly<Record<string, string>>;
  navCollapsed: boolean;
  /** Whether the log is open as a dock below every other place. */
  dockOpen: boolean;
  /** Id of the product exported to last; empty before the first time. */
  exportTo: string;
  /** Folder with programs that exports are proved with; empty: only where the system finds them. */
  programs: string;
  /** Whether the system tells what is urgent while the window is out of sight. */
  systemNotices: boolean;
  /** Ids of the commands last run from the palette, newest first. */
  recentCommands: readonly string[];
}

const STORAGE_KEY = "gatewright.preferences";

const DEFAULTS: Preferences = {
  theme: "system",
  density: "default",
  letterKeys: true,
  keymap: {},
  navCollapsed: false,
  dockOpen: false,
  exportTo: "",
  programs: "",
  systemNotices: false,
  recentCommands: [],
};

export const preferences = createStore<Preferences>(load());

/** Changes some preferences, for good. */
export function setPreferences(changes: Partial<Preferences>): void {
  preferences.set((present) => ({ ...present, ...changes }));
}

/** Applies the preferences to the page and keeps both in step. Call once, before rendering. */
export function startPreferences(): void {
  apply(preferences.get());
  preferences.subscribe(() => {
    apply(preferences.get());
    save(preferences.get());
  });
  window.addEventListener("gatewright:system-theme", () => apply(preferences.get()));
}

declare global {
  /**
   * The system's colour scheme as the desktop shell knows it (WebKitGTK does not). The shell sets
   * it before the page loads, and fires `gatewright:system-theme` on `window` when it changes.
   */
  // A global's type can only be declared with `var`.
  // oxlint-disable-next-line no-var
  var gatewrightSystemTheme: "light" | "dark" | undefined;
}

/** The names here are those of public/boot.js, which does the same before the first paint. */
function apply({ theme, density }: Preferences): void {
  const root = document.documentElement;
  const chosen = theme === "system" ? globalThis.gatewrightSystemTheme : theme;
  if (chosen) root.dataset.theme = chosen;
  else delete root.dataset.theme;
  root.dataset.density = density;
}

function load(): Preferences {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? "{}");
    return { ...DEFAULTS, ...(saved as Partial<Preferences>) };
  } catch {
    return DEFAULTS;
  }
}

function save(value: Preferences): void {
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the choice holds until the page closes.
  }
}
