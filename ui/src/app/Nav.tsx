import { Link } from "@tanstack/react-router";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { cx, IconButton, Kbd, Tooltip, useStore } from "@/ui/index.ts";
import { PLACES, type Place } from "./places.ts";
import { preferences, setPreferences } from "./preferences.ts";

/** The places, 200 pixels wide, or 48 when collapsed to icons. */
export function Nav() {
  const collapsed = useStore(preferences).navCollapsed;
  return (
    <nav
      aria-label="Places"
      data-region="navigation"
      className={cx(
        "flex shrink-0 flex-col gap-px overflow-y-auto border-r border-line-subtle p-2",
        collapsed ? "w-12" : "w-12 sm:w-50",
      )}
    >
      {PLACES.map((place) => (
        <NavItem key={place.path} place={place} collapsed={collapsed} />
      ))}
      <div className={cx("mt-auto hidden pt-2 sm:block", !collapsed && "self-end")}>
        <IconButton
          size="sm"
          label={collapsed ? "Expand the navigation" : "Collapse the navigation"}
          keys="["
          tooltipSide="right"
          icon={collapsed ? <PanelLeftOpen size={16} /> : <PanelLeftClose size={16} />}
          onClick={() => setPreferences({ navCollapsed: !collapsed })}
        />
      </div>
    </nav>
  );
}

function NavItem({ place, collapsed }: { place: Place; collapsed: boolean }) {
  const Icon = place.icon;
  const link = (
    <Link
      to={place.path}
      className={cx(
        "group relative flex h-8 items-center gap-2.5 rounded-control px-2 text-body font-medium text-ink-2 no-underline select-none hover:bg-hover hover:text-ink",
        "data-[status=active]:bg-selected data-[status=active]:text-ink",
        "before:absolute before:inset-y-2 before:left-0 before:w-[3px] before:rounded-full data-[status=active]:before:bg-accent-ink",
      )}
    >
      <Icon
        size={16}
        strokeWidth={1.75}
        aria-hidden="true"
        className="shrink-0 group-data-[status=active]:text-accent-ink"
      />
      <span className={cx("flex-1 truncate", collapsed ? "sr-only" : "max-sm:sr-only")}>
        {place.title}
      </span>
      {!collapsed && (
        <span className="opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100 max-sm:hidden">
          <Kbd keys={place.keys} />
        </span>
      )}
    </Link>
  );
  return collapsed ? (
    <Tooltip label={place.title} keys={place.keys} side="right">
      {link}
    </Tooltip>
  ) : (
    link
  );
}
