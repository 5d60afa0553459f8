import { plain, Prose, sentence, Shape, type ShapeName } from "@/ui/index.ts";
import type { Finding } from "./queries.ts";

interface Look {
  word: string;
  shape: ShapeName;
  ink: string;
}

const LOOKS: Record<Finding["grade"] | "less_strict", Look> = {
  less_strict: { word: "Less strict", shape: "err", ink: "text-err" },
  approximate: { word: "Nearly the same", shape: "warn", ink: "text-warn" },
  needs_value: { word: "Needs a value", shape: "warn", ink: "text-warn" },
  not_expressible: { word: "Not expressible", shape: "err", ink: "text-err" },
  left_out: { word: "Left out", shape: "info", ink: "text-info" },
};

/** What of a file was not carried over as it is, with its line, what matters most first. */
export function Findings({ findings }: { findings: readonly Finding[] }) {
  return (
    <div
      role="region"
      aria-label="What is different"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
      tabIndex={0}
      className="max-h-96 overflow-auto rounded-control border border-line-subtle"
    >
      <table className="w-full border-collapse text-left text-body">
        <thead className="sticky top-0 bg-surface text-small text-ink-3">
          <tr className="[&>th]:px-3 [&>th]:py-1.5 [&>th]:font-medium">
            <th scope="col" className="w-36">
              Grade
            </th>
            <th scope="col" className="w-20 max-sm:hidden">
              Line
            </th>
            <th scope="col">What differs</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding) => (
            <Row key={`${finding.about} ${finding.field} ${finding.message}`} finding={finding} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ finding }: { finding: Finding }) {
  const { about, field, message, line, times } = finding;
  const look = LOOKS[finding.less_strict ? "less_strict" : finding.grade];
  return (
    <tr className="border-t border-line-subtle align-baseline [&>td]:px-3 [&>td]:py-1.5">
      <td className="whitespace-nowrap">
        <span className="inline-flex items-center gap-1.5">
          <Shape name={look.shape} className={look.ink} />
          {look.word}
        </span>
        {line != null && (
          <span className="block text-small text-ink-3 tabular-nums sm:hidden">line {line}</span>
        )}
      </td>
      <td className="text-ink-2 tabular-nums max-sm:hidden">
        {line ?? "—"}
        {times > 1 && <span className="block text-small text-ink-3">{times} places</span>}
      </td>
      <td className="break-words">
        <span className="block text-small text-ink-3">
          <Prose text={about} />
          {field !== "" && <code className="ml-2 font-mono text-code">{plain(field)}</code>}
        </span>
        <Prose text={sentence(message)} />
      </td>
    </tr>
  );
}
