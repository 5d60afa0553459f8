import { Problem, type ConfigInForce } from "@/api/index.ts";
import { plain, toast } from "@/ui/index.ts";
import { useConfig } from "../queries.ts";
import { useSavedTestRun, useSavedTestWrites } from "../savedTests/queries.ts";
import { SavedTestList } from "../savedTests/SavedTestList.tsx";
import { countText, resultsOf } from "../savedTests/testText.ts";

/** The saved requests that no route is to take, which are with no route's form. */
export function NoRouteTests() {
  const inForce = useConfig().data;
  if (inForce === undefined || inForce.config.no_route_tests.length === 0) return null;
  return <Listed inForce={inForce} />;
}

function Listed({ inForce: { config, revision } }: { inForce: ConfigInForce }) {
  const results = resultsOf(useSavedTestRun(config), null);
  const writes = useSavedTestWrites(revision);
  const tests = config.no_route_tests;
  const title = "Requests that no route is to take";
  return (
    <section
      aria-label={title}
      className="flex flex-col gap-1 border-t border-line-subtle px-3 pt-3 pb-4"
    >
      <h3 className="text-strong">{title}</h3>
      <p className="text-small text-ink-2">{countText(tests.length, results)}</p>
      <SavedTestList
        label={title}
        route={null}
        tests={tests}
        results={results}
        onRemove={(test) =>
          void writes.remove({ test }).catch((problem: unknown) => {
            if (!(problem instanceof Problem)) throw problem;
            toast({ tone: "err", title: "Nothing was changed", detail: plain(problem.message) });
          })
        }
      />
    </section>
  );
}
