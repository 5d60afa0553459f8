import { cx } from "@/ui/index.ts";
import { type HeaderChange, type HeaderLine, headerChanges } from "./headerChanges.ts";

/** Headers as they came, one a line. */
export function HeadersTable({ label, lines }: { label: string; lines: readonly HeaderLine[] }) {
  if (lines.length === 0) return <p className="text-ink-3">No headers.</p>;
  return (
    <table aria-label={label} className="w-full table-fixed border-collapse">
      <colgroup>
        <col className="w-[200px]" />
        <col />
      </colgroup>
      <thead className="sr-only">
        <tr>
          <th>Header</th>
          <th>Value</th>
        </tr>
      </thead>
      <tbody className="font-mono text-code">
        {lines.map(({ name, value }, at) => (
          // Headers of one name may repeat; they never move.
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={at} className="border-b border-line-subtle align-top last:border-b-0">
            <td className="py-0.5 pr-3 break-words text-ink-3">{name}</td>
            <td className="py-0.5 break-all text-ink">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const SIGNS = {
  added: { sign: "+", word: "Added", ink: "text-ok" },
  removed: { sign: "−", word: "Removed", ink: "text-err" },
  changed: { sign: "~", word: "Changed", ink: "text-info" },
};

interface HeaderDiffProps {
  label: string;
  before: readonly HeaderLine[];
  after: readonly HeaderLine[];
}

/** What the gateway changed in the headers on their way. */
export function HeaderDiff({ label, before, after }: HeaderDiffProps) {
  const changes = headerChanges(before, after);
  if (changes.length === 0) return <p className="text-ink-3">Nothing was changed.</p>;
  return (
    <ul aria-label={label} className="flex flex-col font-mono text-code">
      {changes.map((change) => (
        <Change key={change.name} change={change} />
      ))}
    </ul>
  );
}

function Change({ change }: { change: HeaderChange }) {
  const { sign, word, ink } = SIGNS[change.kind];
  return (
    <li className="grid grid-cols-[16px_184px_minmax(0,1fr)] border-b border-line-subtle py-0.5 last:border-b-0">
      <span className={cx("font-medium", ink)}>
        <span aria-hidden="true">{sign}</span>
        <span className="sr-only">{`${word}: `}</span>
      </span>
      <span className="pr-3 break-words text-ink-3">{change.name}</span>
      <span className="break-all">
        {change.kind === "changed" && (
          <>
            <del className="text-ink-3">{change.before}</del>
            <span className="text-ink-3"> → </span>
          </>
        )}
        <span className={change.kind === "removed" ? "text-ink-3 line-through" : "text-ink"}>
          {change.value}
        </span>
      </span>
    </li>
  );
}
