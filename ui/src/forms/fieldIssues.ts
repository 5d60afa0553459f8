import type { Issue } from "@/api/index.ts";

/** What is wrong with one edited thing, told apart by field. */
export interface FieldIssues {
  /** What is wrong at a field (`match.path`), or in a list that is one field. */
  at: (field: string) => string | undefined;
  /** How many fields of a part are wrong. */
  count: (...parts: string[]) => number;
  /** What is wrong within a part, but not in the fields that show it themselves. */
  rest: (part: string, ...shown: string[]) => string | undefined;
  /** What of some parts deserves a look. */
  warnings: (...parts: string[]) => readonly Issue[];
  /** The same of what stands at `part`, by the path from there. */
  within: (part: string) => FieldIssues;
}

/** The issues at and under `path`, for showing under fields that are named from there. */
export function issuesUnder(issues: readonly Issue[], path: string): FieldIssues {
  const placed = (field: string) => (field === "" ? path : `${path}.${field}`);
  const under = (field: string) => issues.filter((issue) => isWithin(issue.path, placed(field)));
  const errors = (field: string) => under(field).filter(({ severity }) => severity === "error");
  return {
    at: (field) => messages(errors(field)),
    count: (...parts) => parts.reduce((sum, part) => sum + errors(part).length, 0),
    rest: (part, ...shown) =>
      messages(
        errors(part).filter((issue) => !shown.some((one) => isWithin(issue.path, placed(one)))),
      ),
    warnings: (...parts) =>
      parts.flatMap((part) => under(part).filter(({ severity }) => severity === "warning")),
    within: (part) => issuesUnder(issues, placed(part)),
  };
}

function messages(issues: readonly Issue[]): string | undefined {
  const said = new Set(issues.map(({ message }) => message));
  return said.size === 0 ? undefined : [...said].join("; ");
}

/** What belongs to none of the edited things, and everything that is only worth a look. */
export function otherIssues(issues: readonly Issue[], ...paths: string[]): Issue[] {
  return issues.filter(
    (issue) => issue.severity === "warning" || !paths.some((path) => isWithin(issue.path, path)),
  );
}

/**
 * What belongs to none of the edited things: errors, and warnings that were not there before
 * (`known`), such as that another route can never match any more.
 */
export function issuesElsewhere(
  issues: readonly Issue[],
  known: readonly Issue[],
  ...paths: string[]
): Issue[] {
  const old = new Set(known.map(({ message }) => message));
  return issues.filter(
    ({ path, severity, message }) =>
      !paths.some((one) => isWithin(path, one)) && (severity === "error" || !old.has(message)),
  );
}

function isWithin(path: string, part: string): boolean {
  return path === part || path.startsWith(`${part}.`) || path.startsWith(`${part}[`);
}
