import { useNavigate } from "@tanstack/react-router";
import { FlaskConical, Keyboard, Monitor, Moon, Rows3, Search, Sun } from "lucide-react";
import { Button, IconButton, Kbd, Menu, useStore } from "@/ui/index.ts";
import { GatewaySwitch } from "./GatewaySwitch.tsx";
import { preferences, setPreferences } from "./preferences.ts";
import { overlay } from "./shellState.ts";

const THEME_ICONS = { light: Sun, dark: Moon, system: Monitor };
const THEMES = [
  ["light", "Light"],
  ["dark", "Dark"],
  ["system", "System"],
] as const;
const DENSITIES = [
  ["compact", "Compact"],
  ["default", "Normal"],
  ["comfortable", "Comfortable"],
] as const;

/** The bar at the top: name, palette, route tester, appearance, shortcuts. */
export function Header() {
  const navigate = useNavigate();
  return (
    <header className="flex h-10 shrink-0 items-center gap-2 border-b border-line-subtle px-2">
      <div className="flex min-w-0 flex-1 items-center gap-2 pl-1 max-sm:flex-none">
        <img src="/icon.svg" alt="" width={18} height={18} />
        <span className="truncate text-strong max-md:sr-only">Gatewright</span>
        <GatewaySwitch />
      </div>
      <button
        type="button"
        aria-keyshortcuts="Control+K"
        onClick={() => overlay.set("palette")}
        className="flex h-7 w-[min(360px,50vw)] min-w-0 items-center gap-2 max-sm:flex-1 rounded-control border border-line bg-surface px-2 text-body text-ink-3 hover:border-line-control hover:text-ink-2"
      >
        <Search size={14} aria-hidden="true" />
        <span className="flex-1 truncate text-left">Search or run a command</span>
        <span className="flex max-sm:hidden">
          <Kbd keys="Mod+K" />
        </span>
      </button>
      <div className="flex flex-1 items-center justify-end gap-1 max-sm:flex-none">
        <span className="max-md:hidden">
          <Button
            size="sm"
            icon={<FlaskConical size={12} aria-hidden="true" />}
            onClick={() => void navigate({ to: "/routes", search: { test: "GET" } })}
          >
            Test route
          </Button>
        </span>
        <AppearanceMenu />
        <IconButton
          label="Keyboard shortcuts"
          keys="?"
          icon={<Keyboard size={16} strokeWidth={1.75} />}
          onClick={() => overlay.set("shortcuts")}
        />
      </div>
    </header>
  );
}

function AppearanceMenu() {
  const { theme, density } = useStore(preferences);
  const Icon = THEME_ICONS[theme];
  return (
    <Menu
      align="end"
      trigger={<IconButton label="Appearance" icon={<Icon size={16} strokeWidth={1.75} />} />}
      items={[
        { heading: "Theme" },
        ...THEMES.map(([value, label]) => {
          const ThemeIcon = THEME_ICONS[value];
          return {
            label,
            icon: <ThemeIcon size={14} aria-hidden="true" />,
            checked: theme === value,
            onSelect: () => setPreferences({ theme: value }),
          };
        }),
        "separator",
        { heading: "Rows" },
        ...DENSITIES.map(([value, label]) => ({
          label,
          icon: <Rows3 size={14} aria-hidden="true" />,
          checked: density === value,
          onSelect: () => setPreferences({ density: value }),
        })),
      ]}
    />
  );
}
