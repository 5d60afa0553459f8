/** A line of the configuration as it held for a request, beside how it is now. */
export type ComparedLine<Line> = Line &
  (
    | { is: "same" | "gone" | "new" }
    /** `now` is what it says in the meantime; `null` where its words are the same and only what they
     * sum up is not. */
    | { is: "other"; now: string | null }
  );

interface Said {
  part: string;
  title: string;
  text: string;
  sums: unknown;
}

/** Puts what held then beside what holds now; `null` is what is not known or not there. */
export function compareLines<Line extends Said>(
  before: readonly Line[] | null,
  now: readonly Line[] | null,
): ComparedLine<Line>[] {
  // What is not known any more is not different either.
  if (before === null) return (now ?? []).map((line) => marked(line, "same"));
  const alike = (a: Said) => (b: Said) => a.part === b.part && a.title === b.title;
  const held = before.map((line): ComparedLine<Line> => {
    const present = now?.find(alike(line));
    if (!present) return { ...line, is: "gone" };
    if (present.text !== line.text) return { ...line, is: "other", now: present.text };
    const same = JSON.stringify(present.sums) === JSON.stringify(line.sums);
    return same ? { ...line, is: "same" } : { ...line, is: "other", now: null };
  });
  const added = (now ?? []).filter((line) => !before.some(alike(line)));
  return [...held, ...added.map((line) => marked(line, "new"))];
}

function marked<Line>(line: Line, is: "same" | "new"): ComparedLine<Line> {
  return { ...line, is };
}
