import { useId } from "react";
import { CopyButton, cx, format, Prose, Shape, StatusBadge } from "@/ui/index.ts";
import type { Detail } from "../queries.ts";
import { StageTimeline } from "../StageTimeline.tsx";
import type { Explanation } from "./question.ts";

interface OutcomeProps {
  now: Explanation;
  /** What became of it, for a request of the log. */
  then: Detail | null;
}

/** What would become of the request, and what is different: in sight while it is edited below. */
export function Verdict({ now }: { now: Explanation }) {
  return (
    <div role="status" className="flex flex-col gap-2">
      {now.difference && <DifferenceLine difference={now.difference} />}
      <p className="flex items-start gap-2 text-heading" data-testid="would">
        {now.status == null ? (
          <Shape name="ok" className="mt-1.5 text-ok" />
        ) : (
          <StatusBadge status={now.status} fromGateway />
        )}
        <span className="min-w-0 break-words">
          <Prose text={now.sentence} />
        </span>
      </p>
    </div>
  );
}

/** By what it was asked, and every stage beside that of then. */
export function Outcome({ now, then }: OutcomeProps) {
  return (
    <section aria-label="What would become of it" className="flex flex-col gap-4">
      <Assumed now={now} />
      <div className="grid grid-cols-[repeat(auto-fit,minmax(min(100%,20rem),1fr))] gap-4">
        {then && (
          <Trace title="What happened">
            <StageTimeline detail={then} label="Stages then" bare />
          </Trace>
        )}
        <Trace title={then ? "What would happen" : "Stages"}>
          <StageTimeline
            detail={{ trace: now.trace, attempts: [], summary: { duration_us: 1 } }}
            label="Stages if"
            bare
          />
        </Trace>
      </div>
      <Sent now={now} />
    </section>
  );
}

function DifferenceLine({ difference }: { difference: NonNullable<Explanation["difference"]> }) {
  const { changes, sentence } = difference;
  return (
    <p
      data-testid="difference"
      className={cx(
        "flex items-baseline gap-2 rounded-control px-3 py-2",
        changes ? "bg-warn-bg text-ink" : "bg-canvas text-ink-2",
      )}
    >
      <Shape name={changes ? "warn" : "ok"} className={changes ? "text-warn" : "text-ink-3"} />
      <span className="min-w-0 break-words">
        <Prose text={sentence} />
      </span>
    </p>
  );
}

/** By what it was asked, and what had to be taken for granted. */
function Assumed({ now }: { now: Explanation }) {
  const by = now.revision == null ? "the configuration above" : `revision ${now.revision}`;
  const limits = now.limits_as_then ? "limits as they stood then" : "limits as they stand";
  return (
    <div className="flex flex-col gap-1 text-small text-ink-2">
      <p>{`By ${by}, at ${format.dateTime(now.at_us / 1000)}, with ${limits}. Nothing was sent or counted.`}</p>
      {now.assumed.length > 0 && (
        <ul aria-label="Taken for granted" className="flex flex-col gap-0.5">
          {now.assumed.map((note) => (
            <li key={note} className="flex items-baseline gap-2">
              <Shape name="warn" className="text-warn" />
              <span className="min-w-0 break-words">
                <Prose text={note} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Trace({ title, children }: { title: string; children: React.ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h3 id={id} className="pb-1 text-strong">
        {title}
      </h3>
      {children}
    </section>
  );
}

/** What the service would be sent, or the gateway would answer. */
function Sent({ now: { sends, answers } }: { now: Explanation }) {
  if (sends) {
    const line = `${sends.method} ${sends.url ?? "(chance decides about the target)"}`;
    return (
      <Trace title="What the service would be sent">
        <p className="flex items-center gap-1">
          <code className="min-w-0 font-mono text-code break-all">{line}</code>
          {sends.url != null && <CopyButton text={sends.url} label="Copy URL" />}
        </p>
        <Lines headers={sends.headers} />
      </Trace>
    );
  }
  if (answers) {
    return (
      <Trace title={`What the gateway would answer: ${answers.status}`}>
        <Lines headers={answers.headers} />
      </Trace>
    );
  }
  return null;
}

function Lines({ headers }: { headers: NonNullable<Explanation["sends"]>["headers"] }) {
  return (
    <ul aria-label="Headers" className="pt-1 font-mono text-code text-ink-2">
      {headers.map(({ name, value }, at) => (
        // A header may be there twice, with the same value; the list is new with each answer.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={at} className="break-all">
          <span className="text-ink-3">{name}: </span>
          {value}
        </li>
      ))}
    </ul>
  );
}
