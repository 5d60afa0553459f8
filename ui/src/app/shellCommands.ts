import type { QueryClient } from "@tanstack/react-query";
import { opensInBrowser, openWindowInBrowser } from "./browser.ts";
import { redoChange, undoChange } from "./changes.ts";
import type { Command } from "./commands.ts";
import { PLACES } from "./places.ts";
import { preferences, setPreferences } from "./preferences.ts";
import { focusRegion } from "./regions.ts";
import type { AppRouter } from "./router.tsx";
import { overlay } from "./shellState.ts";

const THEMES = [
  ["light", "Use the light theme"],
  ["dark", "Use the dark theme"],
  ["system", "Follow the system's theme"],
] as const;

const DENSITIES = [
  ["compact", "Use compact rows"],
  ["default", "Use normal rows"],
  ["comfortable", "Use comfortable rows"],
] as const;

/** The commands that exist everywhere; `onTraffic` says whether the Traffic place is open. */
export function shellCommands(
  navigate: AppRouter["navigate"],
  client: QueryClient,
  onTraffic: () => boolean,
): Command[] {
  return [
    ...PLACES.map((place) => ({
      id: `go${place.path.replace("/", ".")}`,
      title: `Go to ${place.title}`,
      group: "Places",
      keys: place.keys,
      run: () => void navigate({ to: place.path }),
    })),
    {
      id: "go.start",
      title: "Set up a service found on this machine",
      group: "Places",
      words: "first run scan discover echo",
      run: () => void navigate({ to: "/start" }),
    },
    {
      id: "routes.new",
      title: "New route",
      group: "Routes",
      words: "create add",
      run: () => void navigate({ to: "/routes", search: { sel: ":new" } }),
    },
    {
      id: "routes.test",
      title: "Test a request",
      group: "Routes",
      words: "route tester match which curl try",
      run: () => void navigate({ to: "/routes", search: { test: "GET" } }),
    },
    {
      id: "keys.issue",
      title: "Issue key",
      group: "Keys",
      words: "create add api token secret",
      run: () => void navigate({ to: "/keys", search: { sel: ":new" } }),
    },
    {
      id: "config.import",
      title: "Import a configuration",
      group: "History",
      words: "gatewright.yaml openapi swagger kong procfile file load paste",
      run: () => void navigate({ to: "/history", search: { show: "import" } }),
    },
    {
      id: "config.yaml",
      title: "Show the configuration as YAML",
      group: "History",
      words: "gatewright.yaml file export download",
      run: () => void navigate({ to: "/history", search: { show: "yaml" } }),
    },
    {
      id: "config.export",
      title: "Export to another gateway",
      group: "Export",
      words: "nginx haproxy caddy traefik convert migrate",
      run: () => void navigate({ to: "/export" }),
    },
    {
      id: "palette",
      title: "Search or run a command",
      group: "Window",
      keys: "Mod+K",
      run: () => overlay.set((open) => (open === "palette" ? null : "palette")),
    },
    {
      id: "shortcuts",
      title: "Show keyboard shortcuts",
      group: "Window",
      keys: "?",
      words: "help keys",
      run: () => overlay.set("shortcuts"),
    },
    {
      id: "changes.undo",
      title: "Undo the last change",
      group: "Configuration",
      keys: "Mod+Z",
      words: "back restore revert",
      run: () => void undoChange(client),
    },
    {
      id: "changes.redo",
      title: "Redo the change undone last",
      group: "Configuration",
      keys: "Mod+Shift+Z",
      words: "again",
      run: () => void redoChange(client),
    },
    {
      id: "nav.toggle",
      title: "Collapse or expand the navigation",
      group: "Window",
      keys: "[",
      run: () => setPreferences({ navCollapsed: !preferences.get().navCollapsed }),
    },
    {
      id: "dock.toggle",
      title: "Open or close the log below",
      group: "Window",
      keys: "`",
      words: "traffic dock bottom requests live",
      // Traffic is the log.
      when: () => !onTraffic(),
      run: () => setPreferences({ dockOpen: !preferences.get().dockOpen }),
    },
    {
      id: "window.browser",
      title: "Open this window in a browser",
      group: "Window",
      words: "chrome firefox safari link external",
      when: () => opensInBrowser,
      run: () => void openWindowInBrowser(),
    },
    {
      id: "region.next",
      title: "Go to the next region",
      group: "Window",
      keys: "F6",
      run: () => focusRegion(1),
    },
    {
      id: "region.previous",
      title: "Go to the previous region",
      group: "Window",
      keys: "Shift+F6",
      run: () => focusRegion(-1),
    },
    ...THEMES.map(([theme, title]) => ({
      id: `theme.${theme}`,
      title,
      group: "Appearance",
      words: "colour color mode",
      when: () => preferences.get().theme !== theme,
      run: () => setPreferences({ theme }),
    })),
    ...DENSITIES.map(([density, title]) => ({
      id: `density.${density}`,
      title,
      group: "Appearance",
      words: "density spacing",
      when: () => preferences.get().density !== density,
      run: () => setPreferences({ density }),
    })),
    ...[true, false].map((letterKeys) => ({
      id: `letterKeys.${letterKeys ? "on" : "off"}`,
      title: letterKeys ? "Use single letters as shortcuts" : "Use no single letters as shortcuts",
      group: "Appearance",
      words: "keyboard keys dictation",
      when: () => preferences.get().letterKeys !== letterKeys,
      run: () => setPreferences({ letterKeys }),
    })),
  ];
}
