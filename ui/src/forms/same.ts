/** Whether two parts of a configuration say the same, however they are written. */
export function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** Members in alphabetical order, and none that says nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part)
            .filter(([, member]) => member !== null && member !== undefined)
            .toSorted(([x], [y]) => (x < y ? -1 : 1)),
        )
      : part,
  );
}
