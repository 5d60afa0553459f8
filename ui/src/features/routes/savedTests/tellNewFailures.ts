import type { Config, Issue } from "@/api/index.ts";
import { plain, sentence, toast } from "@/ui/index.ts";
import type { RoutesSearch } from "../search.ts";

/**
 * Says which saved tests a change made fail: it is in force all the same. What was failing before
 * (`known`) is not said again. `show` leads to the tests.
 */
export function tellNewFailures(
  known: readonly Issue[],
  warnings: readonly Issue[],
  config: Config,
  show: (search: RoutesSearch) => void,
): void {
  const old = new Set(known.map(({ message }) => message));
  const first = warnings.find(
    ({ path, message }) => placeOf(path, config) !== null && !old.has(message),
  );
  const place = first && placeOf(first.path, config);
  if (!first || !place) return;
  const [, what = first.message, which] = /^(.*?): (.*)$/s.exec(first.message) ?? [];
  toast({
    tone: "warn",
    title: plain(sentence(what)).slice(0, -1),
    ...(which !== undefined && { detail: plain(sentence(which)) }),
    action: { label: "Show", run: () => show(place) },
  });
}

/** Where the tests of `routes[2].tests` or `no_route_tests` are shown; `null` for other paths. */
function placeOf(path: string, { routes }: Config): RoutesSearch | null {
  if (path === "no_route_tests") return { test: "GET" };
  const at = /^routes\[(\d+)\]\.tests$/.exec(path)?.[1];
  const sel = at === undefined ? undefined : routes[Number(at)]?.name;
  return sel === undefined ? null : { sel, part: "tests" };
}
