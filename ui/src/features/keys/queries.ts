import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, configQuery, queryKeys, type Route } from "@/api/index.ts";

type Schemas = components["schemas"];
export type KeyWithUsage = Schemas["KeyWithUsage"];
export type ApiKey = Schemas["ApiKey"];
export type IssuedKey = Schemas["IssuedKey"];

/** How often the figures of the last 24 hours are read again. */
const FIGURES_EVERY_MS = 10_000;

export function useKeys() {
  return useQuery({
    queryKey: queryKeys.keys,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/keys", { signal })),
    refetchInterval: FIGURES_EVERY_MS,
    // Whoever comes here wants the figures of now.
    staleTime: 0,
  });
}

/**
 * Issues a key. Its secret is given to the caller and kept nowhere else: a mutation's result would
 * stay in the cache after the dialog is closed.
 */
export function useIssueKey() {
  const client = useQueryClient();
  return async (name: string, consumer: string): Promise<IssuedKey> => {
    const body = { name, ...(consumer !== "" && { consumer }) };
    const issued = await answer(api.POST("/api/v1/keys", { body }));
    void client.invalidateQueries({ queryKey: queryKeys.keys });
    return issued;
  };
}

export function useRevokeKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) =>
      answer(api.POST("/api/v1/keys/{id}/revoke", { params: { path: { id } } })),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.keys }),
  });
}

/** A route that a credential can be tried on: one that takes its kind, else any that is on. */
export function useRouteToTry(kind: Route["authentication"]["methods"][number]): Route | undefined {
  const routes = useQuery(configQuery).data?.config.routes.filter(({ enabled }) => enabled);
  return routes?.find(({ authentication }) => authentication.methods.includes(kind)) ?? routes?.[0];
}
