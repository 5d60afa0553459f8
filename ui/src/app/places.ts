import {
  Activity,
  ChartNoAxesCombined,
  History,
  KeyRound,
  type LucideIcon,
  Route,
  Settings,
  Upload,
} from "lucide-react";

/** A place of the navigation. */
export interface Place {
  path: "/traffic" | "/routes" | "/keys" | "/dashboards" | "/export" | "/history" | "/settings";
  title: string;
  keys: string;
  icon: LucideIcon;
}

/** In the order of the navigation. */
export const PLACES: readonly Place[] = [
  { path: "/traffic", title: "Traffic", keys: "G T", icon: Activity },
  { path: "/routes", title: "Routes", keys: "G R", icon: Route },
  { path: "/keys", title: "Keys", keys: "G K", icon: KeyRound },
  { path: "/dashboards", title: "Dashboards", keys: "G D", icon: ChartNoAxesCombined },
  { path: "/export", title: "Export", keys: "G E", icon: Upload },
  { path: "/history", title: "History", keys: "G H", icon: History },
  { path: "/settings", title: "Settings", keys: "G ,", icon: Settings },
];
