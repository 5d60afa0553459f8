import { useNavigate } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { Button } from "@/ui/index.ts";
import type { RoutePartProps } from "../RoutePart.ts";
import type { SavedTestResult } from "./queries.ts";
import { SavedTestList } from "./SavedTestList.tsx";
import { countText, keyOf } from "./testText.ts";

interface TestsSectionProps extends RoutePartProps {
  /** How this route's tests turn out; `undefined` while that is not known. */
  results: readonly SavedTestResult[] | undefined;
}

/** The requests that have to come to a route, as they are saved by the tester. */
export function TestsSection({ route, onChange, issues, results }: TestsSectionProps) {
  const navigate = useNavigate();
  const { tests } = route;
  const wrong = issues.rest("tests");
  return (
    <>
      {tests.length === 0 ? (
        <p className="text-body text-ink-2">
          None is saved. A saved test is a request that has to come to this route: each change is
          tried with it before it is made, and{" "}
          <code className="font-mono text-code">gatewright test</code> does so for a file.
        </p>
      ) : (
        <>
          <p role="status" className="text-body text-ink-2">
            {countText(tests.length, results)}
          </p>
          <SavedTestList
            label={`Saved tests of ${route.name}`}
            route={route.name}
            tests={tests}
            results={results}
            onRemove={(gone) =>
              onChange({ ...route, tests: tests.filter((one) => keyOf(one) !== keyOf(gone)) })
            }
          />
        </>
      )}
      {wrong !== undefined && <p className="text-small text-err">{wrong}</p>}
      <Button
        size="sm"
        className="self-start"
        icon={<FlaskConical size={14} aria-hidden="true" />}
        onClick={() =>
          void navigate({
            to: "/routes",
            search: { sel: route.name, test: `GET ${begin(route.match)}` },
          })
        }
      >
        Find one in the tester
      </Button>
    </>
  );
}

/** A path that is near what the route takes, to begin with. */
function begin({ path, path_kind: kind }: { path: string; path_kind: string }): string {
  return kind === "regex" ? "/" : path.replaceAll(/\{[^}]*\}/g, "1");
}
