import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  answer,
  api,
  type components,
  configQuery,
  queryKeys,
  refreshConfig,
} from "@/api/index.ts";

type Schemas = components["schemas"];
export type Found = Schemas["Found"];
export type Scan = Schemas["Scan"];
export type FirstRoute = Schemas["FirstRoute"];

/** Looks for services on this machine, once; again only when asked. */
export function useScan() {
  return useQuery({
    queryKey: ["scan"],
    queryFn: () => answer(api.POST("/api/v1/discovery/scan")),
    gcTime: 0,
  });
}

/** The port the gateway has by its configuration; `null` until that is known. */
export function useConfiguredPort(): number | null {
  return useQuery(configQuery).data?.config.listen.port ?? null;
}

/** Makes the service and the route, and starts the gateway. */
export function useSetUp() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: FirstRoute) => answer(api.POST("/api/v1/first-route", { body })),
    onSettled: async () => {
      await Promise.all([
        refreshConfig(client),
        client.invalidateQueries({ queryKey: queryKeys.status }),
      ]);
    },
  });
}
