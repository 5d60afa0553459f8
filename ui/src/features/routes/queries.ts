import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import {
  answer,
  api,
  type components,
  type Config,
  configQuery,
  ifMatch,
  refreshConfig,
  replaceConfig,
  type Route,
  type Service,
} from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";
import { statusQuery } from "@/app/status.ts";
import { tellNewFailures } from "./savedTests/tellNewFailures.ts";

type Applied = components["schemas"]["Applied"];
type AddVersion = components["schemas"]["AddVersion"];

export function useConfig() {
  return useQuery(configQuery);
}

/** How a route was used. */
export interface RouteUse {
  /** When its last request began, milliseconds since 1970. */
  lastMs: number;
  /** Requests in the last 24 hours. */
  requests: number;
}

/** How each route was used, by its name; those that were never asked are absent. */
export function useRouteUses(): ReadonlyMap<string, RouteUse> | undefined {
  const query = { last_s: 86_400, points: 1, by: "route", top: 1000 } as const;
  return useQuery({
    queryKey: ["usage", query],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/usage", { params: { query }, signal })),
    refetchInterval: 10_000,
    select: ({ groups }) =>
      new Map(
        groups.flatMap(({ name, last_us: last, figures }) =>
          name == null || last == null
            ? []
            : [[name, { lastMs: last / 1000, requests: figures.requests }]],
        ),
      ),
  }).data;
}

/** The writes of this place. Each announces what it did, with the way back. */
export function useWrites() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const announced = async (applied: Promise<Applied>) => {
    const known = client.getQueryData(statusQuery.queryKey)?.warnings ?? [];
    const { revision, warnings } = await applied;
    await announceChange(client, revision);
    const { config } = await client.ensureQueryData(configQuery);
    tellNewFailures(known, warnings, config, (search) => void navigate({ to: "/routes", search }));
  };
  return {
    /** Reads what is in force again, after someone else has changed it. */
    reload: () => refreshConfig(client),
    addRoute: (body: Route, revision: number) =>
      announced(
        answer(api.POST("/api/v1/routes", { params: { header: ifMatch(revision) }, body })),
      ),
    writeRoute: (name: string, body: Route, revision: number) =>
      announced(
        answer(
          api.PUT("/api/v1/routes/{name}", {
            params: { path: { name }, header: ifMatch(revision) },
            body,
          }),
        ),
      ),
    /** Gives a route a version; one that had none keeps its callers, who get `original`. */
    addVersion: (name: string, body: AddVersion, revision: number) =>
      announced(
        answer(
          api.POST("/api/v1/routes/{name}/versions", {
            params: { path: { name }, header: ifMatch(revision) },
            body,
          }),
        ),
      ),
    removeRoute: (name: string, revision: number) =>
      announced(
        answer(
          api.DELETE("/api/v1/routes/{name}", {
            params: { path: { name }, header: ifMatch(revision) },
          }),
        ),
      ),
    writeService: (name: string, body: Service, revision: number) =>
      announced(
        answer(
          api.PUT("/api/v1/services/{name}", {
            params: { path: { name }, header: ifMatch(revision) },
            body,
          }),
        ),
      ),
    removeService: (name: string, revision: number) =>
      announced(
        answer(
          api.DELETE("/api/v1/services/{name}", {
            params: { path: { name }, header: ifMatch(revision) },
          }),
        ),
      ),
    /** A route and the service it needs, as one change. */
    replace: (config: Config, revision: number) => announced(replaceConfig(config, revision)),
  };
}
