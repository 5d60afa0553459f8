import { useQuery } from "@tanstack/react-query";
import { answer, api, queryKeys } from "@/api/index.ts";

/** How often the figures of an open service are read again: no event tells each request. */
const EVERY_MS = 1_000;

/** How a service is, with its figures current to a second. */
export function useLiveState(name: string) {
  const { data } = useQuery({
    queryKey: [...queryKeys.serviceStates, name],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/services/{name}/state", { params: { path: { name } }, signal })),
    refetchInterval: EVERY_MS,
  });
  return data;
}
