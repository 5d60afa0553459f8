import { Badge, CopyButton, format, Prose } from "@/ui/index.ts";
import type { Proof, ProofClass, ProofJob, Unlike } from "./queries.ts";
import { BADGES } from "./words.ts";

interface ProofReportProps {
  job: ProofJob;
  proof: Proof;
  /** The same as Markdown. */
  report: string;
}

/** How an export was found, by what was asked about; each difference can be read. */
export function ProofReport({ job, proof, report }: ProofReportProps) {
  const badge = BADGES[proof.badge];
  const asked = proof.classes.reduce((sum, one) => sum + one.asked, 0);
  const took = job.ended_at_us ? (job.ended_at_us - job.started_at_us) / 1000 : 0;
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={badge.tone} shape={badge.shape}>
          {badge.word}
        </Badge>
        <span className="text-ink-2">
          {format.plural(asked, "request")} in {format.duration(took)}, {proof.version}
        </span>
        <span className="ml-auto">
          <CopyButton wide variant="secondary" label="Copy as Markdown" text={report} />
        </span>
      </div>
      <ul
        aria-label="By what was asked about"
        className="divide-y divide-line-subtle rounded-card border border-line-subtle"
      >
        {proof.classes.map((one) => (
          <ClassRow key={one.name} one={one} />
        ))}
      </ul>
      {proof.left_out.length > 0 && (
        <div className="text-small text-ink-3">
          <p>Requests of the log that were not sent:</p>
          <ul className="list-disc pl-5">
            {proof.left_out.map(({ why, count }) => (
              <li key={why}>
                {format.count(count)}: {why}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

function ClassRow({ one }: { one: ProofClass }) {
  const badge = BADGES[one.badge];
  const known = one.known.reduce((sum, { count }) => sum + count, 0);
  return (
    <li className="px-2.5 py-1.5">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate">{one.name}</span>
        <span className="text-small text-ink-3 tabular-nums">
          {format.count(one.asked)}
          {known > 0 && `, ${format.count(known)} differ as is known`}
        </span>
        <Badge tone={badge.tone} shape={badge.shape}>
          {badge.word}
        </Badge>
      </div>
      {one.different.length > 0 && (
        <details open className="pt-1">
          <summary className="cursor-default text-small text-err select-none">
            {format.plural(one.unlike, "answer differs", "answers differ")}
          </summary>
          <ul className="flex flex-col gap-2 pt-1.5 pb-1">
            {one.different.map((unlike) => (
              <Difference
                key={`${unlike.request} ${unlike.host} ${unlike.headers.join()}`}
                {...unlike}
              />
            ))}
          </ul>
          {one.unlike > one.different.length && (
            <p className="text-small text-ink-3">
              and {format.count(one.unlike - one.different.length)} more
            </p>
          )}
        </details>
      )}
    </li>
  );
}

function Difference({ request, host, headers, times, what }: Unlike) {
  return (
    <li className="rounded-control bg-sunken px-2 py-1.5">
      <p>
        <Prose text={what} />
      </p>
      <code className="block text-code-small break-all text-ink-2">
        {request}
        {times > 1 && ` (${times} times)`}
      </code>
      <code className="block text-code-small break-all text-ink-3">
        {[`Host: ${host}`, ...headers].join(" · ")}
      </code>
    </li>
  );
}
