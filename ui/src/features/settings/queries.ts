import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  answer,
  api,
  type components,
  type Config,
  configQuery,
  Problem,
  queryKeys,
  refreshConfig,
  replaceConfig,
} from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";

export function useConfig() {
  return useQuery(configQuery);
}

/** Saves the configuration that was revision `revision`, and says what that changed. */
export function useSaveConfig() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ config, revision }: { config: Config; revision: number }) => {
      const applied = await replaceConfig(config, revision);
      await announceChange(client, applied.revision);
    },
    // After a conflict what is in force is read again; what was typed stays.
    onError: () => refreshConfig(client),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.status }),
  });
}

/** Empties the log; resolves to how many requests were in it. */
export function useClearLog() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/exchanges")),
    onSuccess: () => {
      client.removeQueries({ queryKey: queryKeys.exchanges });
      void client.invalidateQueries({ queryKey: queryKeys.keys });
      return client.invalidateQueries({ queryKey: queryKeys.status });
    },
  });
}

export type LocalCa = components["schemas"]["LocalCa"];

/** The authority of the HTTPS listener's certificates; `null` where none was made yet. */
export function useLocalCa() {
  return useQuery({
    queryKey: ["local-ca"],
    queryFn: ({ signal }): Promise<LocalCa | null> =>
      answer(api.GET("/api/v1/local-ca", { signal })).catch((problem: unknown) => {
        if (problem instanceof Problem && problem.code === "not_found") return null;
        throw problem;
      }),
    // It is made when HTTPS is switched on.
    staleTime: 0,
  });
}
