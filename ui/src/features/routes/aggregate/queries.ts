import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { answer, api, type Config, type components, type Route } from "@/api/index.ts";
import { useDebounced } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type FailureTable = Schemas["FailureTable"];
export type FailureKind = Schemas["FailureKind"];
export type Previewed = Schemas["AggregatePreviewed"];

/** How long after the last keystroke failures are imagined. */
const AFTER_MS = 300;

/** The configuration with this route alone: what others take is no concern of its answer. */
export function alone(config: Config, route: Route): Config {
  return { ...config, routes: [route] };
}

export interface PreviewRequest {
  config: Config;
  route: string;
  method: string;
  url: string;
  body?: string;
}

/** Makes the answer with the real services. */
export function usePreview() {
  return useMutation({
    mutationFn: (request: PreviewRequest) =>
      answer(api.POST("/api/v1/aggregates/preview", { body: request })),
  });
}

/** What callers would see where parts fail. Give it a memoised configuration. */
export function useFailures(config: Config, route: string, how: FailureKind) {
  const settled = useDebounced(config, AFTER_MS);
  return useQuery({
    queryKey: ["aggregate failures", settled, route, how],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/aggregates/failures", { body: { config: settled, route, how }, signal }),
      ),
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
}
