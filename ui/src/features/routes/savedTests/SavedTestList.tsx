import { useNavigate } from "@tanstack/react-router";
import { FlaskConical, Trash2 } from "lucide-react";
import { cx, IconButton, Prose, sentence, Shape } from "@/ui/index.ts";
import type { SavedTest, SavedTestResult } from "./queries.ts";
import { addressOf, besidesText, keyOf, lineOfTest, sameTest } from "./testText.ts";

interface SavedTestListProps {
  label: string;
  /** Where they belong; `null`: no route is to take them. */
  route: string | null;
  tests: readonly SavedTest[];
  /** How they turn out; `undefined` while that is not known. */
  results: readonly SavedTestResult[] | undefined;
  onRemove: (test: SavedTest) => void;
}

/** Saved tests, each with whether it passes, what it comes to if not, and the way to the tester. */
export function SavedTestList({ label, route, tests, results, onRemove }: SavedTestListProps) {
  const navigate = useNavigate();
  const open = (test: SavedTest, at: number) =>
    void navigate({
      to: "/routes",
      search: ({ sel }: { sel?: string }) => ({
        ...(sel !== undefined && { sel }),
        test: lineOfTest(test),
        saved: addressOf(route, at),
      }),
    });
  return (
    <ul aria-label={label} className="divide-y divide-line-subtle border-y border-line-subtle">
      {tests.map((test, at) => (
        <li key={keyOf(test)} className="flex items-start gap-2 py-1.5">
          <TestLine test={test} result={results?.find((one) => sameTest(one.test, test))} />
          <IconButton
            label={`Try ${test.request} in the tester`}
            size="sm"
            icon={<FlaskConical size={14} aria-hidden="true" />}
            onClick={() => open(test, at)}
          />
          <IconButton
            label={`Remove the saved test ${test.request}`}
            size="sm"
            icon={<Trash2 size={14} aria-hidden="true" />}
            onClick={() => onRemove(test)}
          />
        </li>
      ))}
    </ul>
  );
}

interface TestLineProps {
  test: SavedTest;
  result: SavedTestResult | undefined;
}

function TestLine({ test, result }: TestLineProps) {
  const passes = result?.outcome === "passes";
  const besides = besidesText(test);
  return (
    <div className="flex min-w-0 flex-1 flex-col gap-0.5 pt-0.5">
      <span className="flex items-baseline gap-2">
        <Shape
          name={result === undefined ? "pending" : passes ? "ok" : "err"}
          className={cx(result === undefined ? "text-ink-3" : passes ? "text-ok" : "text-err")}
        />
        <span className="min-w-0 flex-1">
          <span className="font-mono text-code break-all">{test.request}</span>
          {test.version != null && (
            <span className="text-small text-ink-2"> version {test.version}</span>
          )}
        </span>
        <span className={cx("shrink-0 text-small", passes ? "text-ink-3" : "text-err")}>
          {result && (passes ? "passes" : "fails")}
        </span>
      </span>
      {besides !== "" && (
        <span className="pl-4 text-small break-words text-ink-2">
          <Prose text={besides} />
        </span>
      )}
      {result && !passes && (
        <span className="pl-4 text-small break-words text-ink-2">
          <Prose text={sentence(`now ${result.sentence}`)} />
        </span>
      )}
    </div>
  );
}
