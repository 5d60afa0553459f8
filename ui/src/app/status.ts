import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, api, type components, queryKeys } from "@/api/index.ts";

export type Status = components["schemas"]["Status"];

export const statusQuery = queryOptions({
  queryKey: queryKeys.status,
  queryFn: ({ signal }) => answer(api.GET("/api/v1/status", { signal })),
});

/** What the gateway is doing, current to a second; `undefined` until the first answer. */
export function useStatus(): Status | undefined {
  const { data } = useQuery(statusQuery);
  return data;
}
