/** A line of the configuration as it held for a request, beside how it is now. */
export type ComparedLine<Line> = Line &
  (
    | { is: "same" | "gone" | "new" }
    /** `now` is what it says in the meantime. */
    | { is: "other"; now: string }
  );

interface Said {
  part: string;
  title: string;
  text: string;
}

/** Puts what held then beside what holds now; `null` is what is not known or not there. */
export function compareLines<Line extends Said>(
  before: readonly Line[] | null,
  now: readonly Line[] | null,
): ComparedLine<Line>[] {
  // What is not known any more is not different either.
  if (before === null) return (now ?? []).map((line) => marked(line, "same"));
  const same = (a: Said) => (b: Said) => a.part === b.part && a.title === b.title;
  const held = before.map((line): ComparedLine<Line> => {
    const present = now?.find(same(line));
    if (!present) return { ...line, is: "gone" };
    if (present.text === line.text) return { ...line, is: "same" };
    return { ...line, is: "other", now: present.text };
  });
  const added = (now ?? []).filter((line) => !before.some(same(line)));
  return [...held, ...added.map((line) => marked(line, "new"))];
}

function marked<Line>(line: Line, is: "same" | "new"): ComparedLine<Line> {
  return { ...line, is };
}
