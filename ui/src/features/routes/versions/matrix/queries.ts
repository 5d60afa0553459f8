import { useQueries, useQuery } from "@tanstack/react-query";
import { answer, api, type components } from "@/api/index.ts";
import { exactTerm } from "@/live/filterText.ts";
import type { Definition, VersionMatrix } from "./matrix.ts";

type UsageGroup = components["schemas"]["UsageGroup"];

const DAY = { last_s: 86_400, points: 1, top: 1000 } as const;
const EVERY_MS = 10_000;

/** How an endpoint was used in a version in the last 24 hours. */
export interface CellUse {
  requests: number;
  /** Share of them that were answered 5xx. */
  failed: number;
}

/** How each definition was used; `undefined` while it is not known. */
export type CellUses = (definition: Definition) => CellUse | undefined;

export function useCellUses(matrices: readonly VersionMatrix[]): CellUses {
  const rows = matrices.flatMap((matrix) => matrix.rows);
  const definitions = rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.definition ?? []));
  const whole = definitions.some(({ version }) => version === null);
  const routes = [
    ...new Set(definitions.flatMap(({ route, version }) => (version === null ? [] : [route]))),
  ];
  const queries = [
    ...(whole ? [{ ...DAY, by: "route" as const }] : []),
    ...routes.map((route) => Object.assign({ by: "version" as const, route }, DAY)),
  ];
  const answers = useQueries({
    queries: queries.map((query) => ({
      queryKey: ["usage", query],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answer(api.GET("/api/v1/usage", { params: { query }, signal })),
      refetchInterval: EVERY_MS,
    })),
  });
  const byQuery = new Map(
    queries.map((query, at) => ["route" in query ? query.route : "", answers[at]?.data?.groups]),
  );
  return ({ route, version }) => {
    const groups = byQuery.get(version === null ? "" : route);
    return groups && countsOf(groups.find(({ name }) => name === (version ?? route)));
  };
}

function countsOf(group: UsageGroup | undefined): CellUse {
  const { requests = 0, outcomes } = group?.figures ?? {};
  return { requests, failed: requests === 0 ? 0 : (outcomes?.server_error ?? 0) / requests };
}

/** The filter for the requests of a definition. */
export function filterOf({ route, version }: Definition): string {
  const of = exactTerm("route", route);
  return version === null ? of : `${of} ${exactTerm("version", version)}`;
}

/** The ids of the last request of each definition; `null` where none is near in the log. */
export function useLastRequests(definitions: readonly Definition[]) {
  return useQuery({
    queryKey: ["last requests", definitions.map(filterOf)],
    queryFn: ({ signal }) =>
      Promise.all(
        definitions.map(async (definition) => {
          const query = { q: filterOf(definition), limit: 1 };
          const page = await answer(api.GET("/api/v1/exchanges", { params: { query }, signal }));
          return page.rows[0]?.id ?? null;
        }),
      ),
    staleTime: 0,
  }).data;
}
