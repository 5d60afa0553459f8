import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";
import { validateKeysSearch } from "@/features/keys/search.ts";
import { validateRoutesSearch } from "@/features/routes/search.ts";
import { validateTrafficSearch } from "@/features/traffic/search.ts";
import { NotFound } from "./NotFound.tsx";
import { PlaceError } from "./PlaceError.tsx";
import { parseSearch, stringifySearch } from "./search.ts";
import { Shell } from "./Shell.tsx";

/*
 * The places. Each is loaded when first visited; only the shape of its address (`search.ts`) is
 * known from the start.
 */
const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/traffic" });
  },
});

const traffic = createRoute({
  getParentRoute: () => root,
  path: "/traffic",
  validateSearch: validateTrafficSearch,
  component: lazyRouteComponent(() => import("@/features/traffic/index.tsx"), "TrafficPlace"),
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

const changes = createRoute({
  getParentRoute: () => root,
  path: "/history",
  component: lazyRouteComponent(() => import("@/features/history/index.tsx"), "HistoryPlace"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("@/features/settings/index.tsx"), "SettingsPlace"),
});

/** The router of the application; tests give it a history in memory. */
export function createAppRouter(history?: RouterHistory) {
  return createRouter({
    routeTree: root.addChildren([home, traffic, routes, keys, changes, settings]),
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
