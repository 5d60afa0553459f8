import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleQuestionMark } from "lucide-react";
import { useMemo } from "react";
import { configQuery, queryKeys, readRevision, type Config } from "@/api/index.ts";
import { policyOf, type PolicyLine } from "@/features/routes/index.tsx";
import { Banner, Button, cx, EmptyState, format, Prose, Skeleton } from "@/ui/index.ts";
import { type ComparedLine, compareLines } from "./policyLines.ts";
import type { Detail } from "./queries.ts";
import { useExplanation } from "./whatif/queries.ts";
import type { Asked } from "./whatif/question.ts";

interface PolicyTabProps {
  detail: Detail;
  onWhatIf: () => void;
}

/** What of the configuration held for the request, as it was then, and what of it is different now. */
export function PolicyTab({ detail, onWhatIf }: PolicyTabProps) {
  const { revision, summary } = detail;
  const now = useQuery(configQuery).data;
  const then = useQuery({
    queryKey: [...queryKeys.revisions, revision, "config"],
    queryFn: ({ signal }) => readRevision(revision, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (summary.route == null) {
    return (
      <EmptyState title="No route took this request">
        Nothing of the configuration held for it but how the gateway listens.
      </EmptyState>
    );
  }
  if (!now || then.isPending) return <Skeleton />;
  const met = {
    route: summary.route,
    version: summary.version ?? null,
    service: summary.service ?? null,
    consumer: summary.consumer ?? null,
    plan: summary.plan ?? null,
  };
  // The gateway writes every field, also those that a file may leave out.
  const before = then.data && policyOf(then.data.config as Config, met);
  const lines = compareLines(before ?? null, policyOf(now.config, met));
  const changed = lines.filter(({ is }) => is !== "same").length;
  return (
    <div className="flex flex-col gap-3 p-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <p className="min-w-0 flex-1 text-ink-2">
          {then.error ? "" : "As configured by "}
          <Link to="/history" search={{ sel: String(revision) }}>
            revision {revision}
          </Link>
          {then.error && " is not kept any more; shown is what is in force now"}
          {!then.error && changedText(now.revision - revision, changed)}
        </p>
        <Button
          size="sm"
          icon={<CircleQuestionMark size={14} aria-hidden="true" />}
          onClick={onWhatIf}
        >
          What would happen now?
        </Button>
      </div>
      {!then.error && changed > 0 && <AskedNow id={summary.id} />}
      {lines.length === 0 && (
        <Banner tone="warn">
          <Prose text={`Route \`${summary.route}\` is not there.`} />
        </Banner>
      )}
      {[...Map.groupBy(lines, ({ part }) => part)].map(([part, own]) => (
        <section key={part} aria-label={part}>
          <h3 className="pb-1 text-small font-medium text-ink-3">{part}</h3>
          <dl className="grid grid-cols-[112px_minmax(0,1fr)] gap-x-3 gap-y-1">
            {own.map((line) => (
              <Line key={line.title} line={line} />
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** What would become of the request now that this is different. */
function AskedNow({ id }: { id: string }) {
  const asked = useMemo<Asked>(() => ({ exchange: id, when: { kind: "now" } }), [id]);
  const { data } = useExplanation(asked);
  if (!data) return null;
  return (
    <section aria-label="The same request now" className="border-l-2 border-line pl-3">
      <h3 className="text-small font-medium text-ink-3">The same request now</h3>
      <p>
        <Prose text={data.sentence} />
      </p>
    </section>
  );
}

function changedText(revisions: number, changed: number): string {
  if (revisions === 0) return ", which is in force.";
  const since = `; ${format.plural(revisions, "revision")} since, `;
  return since + (changed === 0 ? "none of which changed this." : `${changed} of these changed.`);
}

function Line({ line }: { line: ComparedLine<PolicyLine> }) {
  const { title, text, link, is } = line;
  return (
    <>
      <dt>
        <Link {...link} title={`Open ${title} where it is set`}>
          {title}
        </Link>
      </dt>
      <dd className="min-w-0 break-words text-ink-2">
        <span className={cx(is !== "same" && is !== "new" && "line-through decoration-ink-3")}>
          {is !== "new" && <Prose text={text} />}
        </span>
        {is === "new" && (
          <span className="text-warn">
            Now: <Prose text={text} />
          </span>
        )}
        {is === "gone" && <span className="block text-warn">Now: not there</span>}
        {is === "other" && (
          <span className="block text-warn">
            {line.now === null ? (
              "Now: called the same, but set otherwise"
            ) : (
              <>
                Now: <Prose text={line.now} />
              </>
            )}
          </span>
        )}
      </dd>
    </>
  );
}
