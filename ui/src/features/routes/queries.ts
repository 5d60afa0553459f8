import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  answer,
  api,
  type components,
  type Config,
  configQuery,
  ifMatch,
  type Issue,
  refreshConfig,
  replaceConfig,
  type Route,
  type Service,
  validateConfig,
} from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";
import { useDebounced } from "@/ui/index.ts";

type Applied = components["schemas"]["Applied"];

/** How long after the last keystroke a draft is checked. */
const CHECK_AFTER_MS = 150;

export function useConfig() {
  return useQuery(configQuery);
}

/** What the gateway says of a draft, and whether it says it of this very draft. */
export interface Checked {
  issues: readonly Issue[];
  valid: boolean;
  current: boolean;
}

/** Has a draft of the whole configuration checked while it is typed. Give it a memoised one. */
export function useChecked(draft: Config): Checked {
  const settled = useDebounced(draft, CHECK_AFTER_MS);
  const { data, isPlaceholderData } = useQuery({
    queryKey: ["validation", settled],
    queryFn: ({ signal }) => validateConfig(settled, signal),
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return {
    issues: data?.issues ?? [],
    valid: data?.valid ?? false,
    current: settled === draft && data !== undefined && !isPlaceholderData,
  };
}

/** The writes of this place. Each announces what it did, with the way back. */
export function useWrites() {
  const client = useQueryClient();
  const announced = async (applied: Promise<Applied>) => {
    const { revision } = await applied;
    await announceChange(client, revision);
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
