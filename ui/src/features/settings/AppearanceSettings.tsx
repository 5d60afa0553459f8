import { type Preferences, preferences, setPreferences } from "@/app/preferences.ts";
import { runCommand } from "@/app/commands.ts";
import { Button, format, SegmentedControl, Switch, useStore } from "@/ui/index.ts";
import { SettingsSection } from "./SettingsSection.tsx";

/** How the interface looks and listens; kept in this browser, at once. */
export function AppearanceSettings() {
  const { theme, density, letterKeys, keymap } = useStore(preferences);
  const changed = Object.keys(keymap).length;
  return (
    <SettingsSection title="Appearance">
      <Choice label="Theme">
        <SegmentedControl
          label="Theme"
          value={theme}
          onChange={(next: Preferences["theme"]) => setPreferences({ theme: next })}
          options={[
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
            { value: "system", label: "As the system" },
          ]}
        />
      </Choice>
      <Choice label="Rows">
        <SegmentedControl
          label="Rows"
          value={density}
          onChange={(next: Preferences["density"]) => setPreferences({ density: next })}
          options={[
            { value: "compact", label: "Compact" },
            { value: "default", label: "Normal" },
            { value: "comfortable", label: "Comfortable" },
          ]}
        />
      </Choice>
      <Switch
        label="Single letters are shortcuts"
        help="G T, C and the like. Off, only keys with Ctrl or Cmd work: better with dictation."
        checked={letterKeys}
        onChange={(on) => setPreferences({ letterKeys: on })}
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button size="sm" onClick={() => runCommand("shortcuts")}>
          Change shortcuts…
        </Button>
        <span className="text-small text-ink-2">
          {changed === 0
            ? "All commands have their own keys."
            : `${format.plural(changed, "command has", "commands have")} other keys.`}
        </span>
      </div>
    </SettingsSection>
  );
}

function Choice({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
      <span aria-hidden="true" className="w-16 text-body font-medium">
        {label}
      </span>
      {children}
    </div>
  );
}
