import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type components, type paths } from "@/api/index.ts";

export type LimitsState = components["schemas"]["LimitsState"];
/** A caller, as far as one is asked about. */
export type Whose = NonNullable<paths["/api/v1/limits/state"]["get"]["parameters"]["query"]>;

/** Limits fill and empty all the time, and no event tells of it. */
const AGAIN_AFTER_MS = 1000;

/** How the limits stand that a caller meets, read again and again while it is on the page. */
export function useLimitsState(whose: Whose) {
  return useQuery({
    queryKey: ["limits", whose],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/limits/state", { params: { query: whose }, signal })),
    refetchInterval: AGAIN_AFTER_MS,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
}
