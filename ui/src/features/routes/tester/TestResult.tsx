import { type ReactNode, useState } from "react";
import { Button, cx, Prose, sentence, Shape, StatusBadge } from "@/ui/index.ts";
import { answerText } from "./resultText.ts";
import type { RouteCandidate, RouteTaking, RouteTested } from "./routeTest.ts";

/** How many of the other routes are shown at first, and more each time they are asked for. */
const AT_ONCE = 20;

interface TestResultProps {
  result: RouteTested;
  onOpen: (route: string) => void;
  /** What can be done with the request. */
  action: ReactNode;
}

/** Who would answer and what it would get, then why no other route does. */
export function TestResult({ result, onOpen, action }: TestResultProps) {
  return (
    <div className="flex flex-col gap-4 border-t border-line-subtle px-3 pt-3 pb-4">
      <Verdict result={result} onOpen={onOpen} />
      {action}
      <Others
        title={result.matched ? "Other routes" : "Routes, the nearest first"}
        candidates={result.candidates}
        onOpen={onOpen}
      />
    </div>
  );
}

function Verdict({ result, onOpen }: Omit<TestResultProps, "action">) {
  const { matched, refused } = result;
  return (
    <section aria-label="Verdict" className="flex flex-col gap-2">
      <div role="status" className="flex flex-col gap-1">
        {refused && (
          <p className="flex items-start gap-2 text-heading">
            <StatusBadge status={refused.status} fromGateway />
            <span className="min-w-0 break-words">
              <Prose text={sentence(refused.reason)} />
            </span>
          </p>
        )}
        {matched && (
          <p className="flex items-baseline gap-2 text-heading">
            <Shape name="ok" className="text-ok" />
            <span>
              Route <RouteLink name={matched.route} onOpen={onOpen} /> takes it
              {matched.version && ` as version ${matched.version.name}`}
            </span>
          </p>
        )}
        {matched?.version && (
          <p className="text-ink-2">
            <Prose text={sentence(matched.version.why)} />
          </p>
        )}
        {matched?.version_segment != null && (
          <p className="text-ink-2">
            <Prose text={`Its first segment, \`${matched.version_segment}\`, names the version.`} />
          </p>
        )}
        {matched?.answer && (
          <p className="break-words text-ink-2">
            <Prose text={answerText(matched.answer)} />
          </p>
        )}
        {result.path != null && result.host != null && (
          <p className="text-small break-words text-ink-3">
            <Prose text={`Looked up as \`${result.path}\` on host \`${result.host}\`.`} />
          </p>
        )}
      </div>
      {matched && <Predicates taking={matched} />}
    </section>
  );
}

/** What the route asks, all of which holds. */
function Predicates({ taking }: { taking: RouteTaking }) {
  return (
    <ul aria-label="What the route asks" className="flex flex-col gap-0.5 text-small text-ink-2">
      {taking.predicates.map(({ sentence: said }) => (
        <li key={said} className="flex items-baseline gap-2">
          <Shape name="ok" className="text-ok" />
          <span className="min-w-0 break-words">
            <Prose text={said} />
          </span>
        </li>
      ))}
    </ul>
  );
}

interface OthersProps {
  title: string;
  candidates: readonly RouteCandidate[];
  onOpen: (route: string) => void;
}

/** The routes that do not get the request, each with the first thing that keeps it from that. */
function Others({ title, candidates, onOpen }: OthersProps) {
  const [shown, setShown] = useState(AT_ONCE);
  if (candidates.length === 0) return null;
  return (
    <section aria-label={title} className="flex flex-col gap-1">
      <h3 className="text-strong">{title}</h3>
      <ul className="divide-y divide-line-subtle border-y border-line-subtle">
        {candidates.slice(0, shown).map((candidate, at) => (
          // A route may stand here under two of its hosts; the list is new with each answer.
          // oxlint-disable-next-line react/no-array-index-key
          <Other key={at} candidate={candidate} onOpen={onOpen} />
        ))}
      </ul>
      {candidates.length > shown && (
        <Button size="sm" className="self-start" onClick={() => setShown(shown + AT_ONCE)}>
          {`Show ${Math.min(AT_ONCE, candidates.length - shown)} more of ${candidates.length}`}
        </Button>
      )}
    </section>
  );
}

function Other({
  candidate,
  onOpen,
}: {
  candidate: RouteCandidate;
  onOpen: OthersProps["onOpen"];
}) {
  const { route, priority, reason } = candidate;
  const takes = reason == null;
  return (
    <li className="flex items-baseline gap-2 py-1.5">
      <Shape name={takes ? "ok" : "err"} className={cx(takes ? "text-ok" : "text-ink-3")} />
      <span className="min-w-0 flex-1">
        <RouteLink name={route} onOpen={onOpen} />
        {priority !== 0 && <span className="text-small text-ink-3"> priority {priority}</span>}
        <span className="block break-words text-ink-2">
          <Prose text={reason ?? "takes it too, but is asked later"} />
        </span>
      </span>
    </li>
  );
}

function RouteLink({ name, onOpen }: { name: string; onOpen: (route: string) => void }) {
  return (
    <button
      type="button"
      onClick={() => onOpen(name)}
      className="rounded-tag font-medium text-accent-ink underline-offset-2 hover:underline"
    >
      {name}
    </button>
  );
}
