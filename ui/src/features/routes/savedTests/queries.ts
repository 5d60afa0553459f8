import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type components, type Config, ifMatch, queryKeys } from "@/api/index.ts";
import { announceChange } from "@/app/changes.ts";
import { useDebounced } from "@/ui/index.ts";

type Schemas = components["schemas"];
export type SavedTest = Schemas["SavedTest"];
export type SavedTestResult = Schemas["SavedTestResult"];
export type TestToSave = Schemas["TestToSave"];

/** How long after the last keystroke the saved tests are tried on a draft. */
const TRY_AFTER_MS = 150;

/**
 * How every saved test of a configuration turns out now. Nothing is sent. Give it a memoised one;
 * one without tests asks nothing. `undefined` until it is known, and while the draft is wrong.
 */
export function useSavedTestRun(config: Config): readonly SavedTestResult[] | undefined {
  const settled = useDebounced(config, TRY_AFTER_MS);
  const some = hasTests(settled);
  const { data, error } = useQuery({
    queryKey: [...queryKeys.config, "saved tests", settled],
    queryFn: ({ signal }) =>
      answer(api.POST("/api/v1/saved-tests/run", { body: { config: settled }, signal })),
    enabled: some,
    placeholderData: keepPreviousData,
    gcTime: 0,
    retry: false,
  });
  return some && !error ? data?.results : undefined;
}

function hasTests({ routes, no_route_tests }: Config): boolean {
  return no_route_tests.length > 0 || routes.some(({ tests }) => tests.length > 0);
}

/** Saves tests and removes them. Each announces what it did, with the way back. */
export function useSavedTestWrites(revision: number) {
  const client = useQueryClient();
  const params = { header: ifMatch(revision) };
  const announced = async (applied: Promise<Schemas["Applied"]>) =>
    announceChange(client, (await applied).revision);
  return {
    save: (body: Schemas["PlacedTest"]) =>
      announced(answer(api.POST("/api/v1/saved-tests", { params, body }))),
    remove: (body: Schemas["PlacedTest"]) =>
      announced(answer(api.POST("/api/v1/saved-tests/remove", { params, body }))),
  };
}
