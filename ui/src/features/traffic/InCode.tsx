/** Text in which what stands between backticks is code. */
export function InCode({ text }: { text: string }) {
  return (
    <span>
      {text.split("`").map((part, at) =>
        at % 2 === 0 ? (
          part
        ) : (
          // The parts never move.
          // oxlint-disable-next-line react/no-array-index-key
          <code key={at} className="rounded-tag bg-sunken px-1 font-mono text-code text-ink">
            {part}
          </code>
        ),
      )}
    </span>
  );
}
