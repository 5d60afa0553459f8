import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";
import { validateDashboardsSearch } from "@/features/dashboards/search.ts";
import { validateExportSearch } from "@/features/export/search.ts";
import { validateHistorySearch } from "@/features/history/search.ts";
import { validateKeysSearch } from "@/features/keys/search.ts";
import { validateRoutesSearch } from "@/features/routes/search.ts";
import { validateTrafficSearch } from "@/features/traffic/search.ts";
import { isNothingSetUp, isNothingToShow } from "./firstRun.ts";
import { NotFound } from "./NotFound.tsx";
import { PlaceError } from "./PlaceError.tsx";
import { parseSearch, stringifySearch } from "./search.ts";
import { Shell } from "./Shell.tsx";

/*
 * The places. Each is loaded when first visited; only the shape of its address (`search.ts`) is
 * known from the start.
 */
interface RouterContext {
  client?: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Shell,
  notFoundComponent: NotFound,
});

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: async ({ context }) => {
    const first = context.client && (await isNothingSetUp(context.client));
    throw redirect({ to: first ? "/start" : "/traffic" });
  },
});

const traffic = createRoute({
  getParentRoute: () => root,
  path: "/traffic",
  validateSearch: validateTrafficSearch,
  // Without a route there is nothing to see there yet.
  beforeLoad: async ({ context }) => {
    if (context.client && (await isNothingToShow(context.client))) throw redirect({ to: "/start" });
  },
  component: lazyRouteComponent(() => import("@/features/traffic/index.tsx"), "TrafficPlace"),
});

const start = createRoute({
  getParentRoute: () => root,
  path: "/start",
  component: lazyRouteComponent(() => import("@/features/first-run/index.tsx"), "FirstRunPlace"),
});

const routes = createRoute({
  getParentRoute: () => root,
  path: "/routes",
  validateSearch: validateRoutesSearch,
  component: lazyRouteComponent(() => import("@/features/routes/index.tsx"), "RoutesPlace"),
});

const keys = createRoute({
  getParentRoute: () => root,
  path: "/keys",
  validateSearch: validateKeysSearch,
  component: lazyRouteComponent(() => import("@/features/keys/index.tsx"), "KeysPlace"),
});

const dashboards = createRoute({
  getParentRoute: () => root,
  path: "/dashboards",
  validateSearch: validateDashboardsSearch,
  component: lazyRouteComponent(() => import("@/features/dashboards/index.tsx"), "DashboardsPlace"),
});

const exporting = createRoute({
  getParentRoute: () => root,
  path: "/export",
  validateSearch: validateExportSearch,
  component: lazyRouteComponent(() => import("@/features/export/index.tsx"), "ExportPlace"),
});

const changes = createRoute({
  getParentRoute: () => root,
  path: "/history",
  validateSearch: validateHistorySearch,
  component: lazyRouteComponent(() => import("@/features/history/index.tsx"), "HistoryPlace"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/index.tsx"), "SettingsPlace"),
});

const certificate = createRoute({
  getParentRoute: () => root,
  path: "/settings/certificate",
  component: lazyRouteComponent(() => import("@/features/settings/TrustPlace.tsx"), "TrustPlace"),
});

/**
 * The router of the application; tests give it a history in memory. With the cache it leads whoever
 * has set up nothing yet to the first run.
 */
export function createAppRouter(history?: RouterHistory, client?: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      home,
      start,
      traffic,
      routes,
      keys,
      dashboards,
      exporting,
      changes,
      settings,
      certificate,
    ]),
    context: { ...(client && { client }) },
    defaultPreload: "intent",
    defaultErrorComponent: PlaceError,
    parseSearch,
    stringifySearch,
    ...(history && { history }),
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter;
  }
}
