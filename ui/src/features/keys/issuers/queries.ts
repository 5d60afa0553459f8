import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { answer, api, type components } from "@/api/index.ts";

type Schemas = components["schemas"];
export type IssuerState = Schemas["IssuerState"];
export type IssuedToken = Schemas["IssuedToken"];
export type NewToken = Schemas["NewToken"];

/** Keys are fetched in the background, and no event tells when they came. */
const AGAIN_AFTER_MS = 3000;

/** What is known of the keys of each issuer, the local one too. `revision` is the configuration's. */
export function useIssuerStates(revision: number) {
  return useQuery({
    queryKey: ["issuers", revision],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/issuers", { signal })),
    refetchInterval: AGAIN_AFTER_MS,
    placeholderData: keepPreviousData,
  });
}

/**
 * Has the local issuer sign a token. It is given to the caller and kept nowhere else: a mutation's
 * result would stay in the cache.
 */
export function signToken(body: NewToken): Promise<IssuedToken> {
  return answer(api.POST("/api/v1/local-issuer/tokens", { body }));
}
