import { Prose, sentence } from "@/ui/index.ts";

/** What changed, or would change, a sentence a line. */
export function Changes({ changes, none }: { changes: readonly string[]; none: string }) {
  if (changes.length === 0) return <p className="text-body text-ink-2">{none}</p>;
  return (
    <ul className="flex list-disc flex-col gap-1 pl-4 text-body marker:text-ink-3">
      {changes.map((change) => (
        <li key={change} className="break-words">
          <Prose text={sentence(change)} />
        </li>
      ))}
    </ul>
  );
}
