import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, configQuery, queryKeys, type Route } from "@/api/index.ts";
import { type KeyDraft, told } from "./keyDraft.ts";

type Schemas = components["schemas"];
export type KeyWithUsage = Schemas["KeyWithUsage"];
export type ApiKey = Schemas["ApiKey"];
export type IssuedKey = Schemas["IssuedKey"];

/** How often the figures of the last 24 hours are read again. */
const FIGURES_EVERY_MS = 10_000;

const A_DAY_S = 86_400;

/** Which keys, newest first; at most 500 at once. */
export interface KeySearch {
  text?: string;
  consumer?: string;
  state?: Schemas["KeyState"];
}

export function useKeys(search: KeySearch = {}) {
  return useQuery({
    queryKey: [...queryKeys.keys, search],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/keys", { params: { query: { ...search, limit: 500 } }, signal })),
    // What is typed narrows the list that is there until the new one has come.
    placeholderData: keepPreviousData,
    refetchInterval: FIGURES_EVERY_MS,
    // Whoever comes here wants the figures of now.
    staleTime: 0,
  });
}

/** The time within which 95 % of each key's requests of the last 24 hours were answered, by its id. */
export function useKeyDurations(): ReadonlyMap<string, number> | undefined {
  const { data } = useQuery({
    queryKey: [...queryKeys.keys, "durations"],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/usage", {
          // As many as there can be rows.
          params: { query: { by: "key", last_s: A_DAY_S, points: 1, top: 1000 } },
          signal,
        }),
      ),
    select: durationsOf,
    refetchInterval: FIGURES_EVERY_MS,
  });
  return data;
}

function durationsOf({ groups }: Schemas["Usage"]): ReadonlyMap<string, number> {
  return new Map(
    groups.flatMap(({ name, figures: { total } }) =>
      name && total.p95_us != null ? [[name, total.p95_us]] : [],
    ),
  );
}

/**
 * Issues a key. Its secret is given to the caller and kept nowhere else: a mutation's result would
 * stay in the cache after the dialog is closed.
 */
export function useIssueKey() {
  const client = useQueryClient();
  return async (draft: KeyDraft, days: number | null): Promise<IssuedKey> => {
    const body = { ...told(draft), ...(days !== null && { ttl_s: days * A_DAY_S }) };
    const issued = await answer(api.POST("/api/v1/keys", { body }));
    void client.invalidateQueries({ queryKey: queryKeys.keys });
    return issued;
  };
}

/** Issues a key in place of another one, which stays good for `hours`. Its secret: as above. */
export function useRollKey() {
  const client = useQueryClient();
  return async (id: string, hours: number): Promise<IssuedKey> => {
    const body = { overlap_s: hours * 3600 };
    const params = { path: { id } };
    const issued = await answer(api.POST("/api/v1/keys/{id}/roll", { params, body }));
    void client.invalidateQueries({ queryKey: queryKeys.keys });
    return issued;
  };
}

/** Changes everything about a key but the key itself; in force at once. */
export function useChangeKey() {
  const client = useQueryClient();
  return async (id: string, draft: KeyDraft): Promise<void> => {
    const params = { path: { id } };
    await answer(api.PATCH("/api/v1/keys/{id}", { params, body: told(draft) }));
    await client.invalidateQueries({ queryKey: queryKeys.keys });
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
