/** One thing wrong with what was sent, at the path a person edits (`routes[2].match.path`). */
export interface Issue {
  path: string;
  severity: "error" | "warning";
  message: string;
}

/**
 * The gateway refused, or could not be reached. Switch on `code`, never on the text; show
 * `message`, which is a sentence for a person. An RFC 9457 problem on the wire.
 */
export class Problem extends Error {
  override name = "Problem";
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  /** Stable name of the error. `unreachable`: no answer. `unreadable`: an answer that is no problem. */
  readonly code: string;
  readonly title: string;
  readonly issues: readonly Issue[];

  constructor(init: {
    status: number;
    code: string;
    title: string;
    detail?: string;
    issues?: Issue[];
  }) {
    super(init.detail ?? init.title);
    this.status = init.status;
    this.code = init.code;
    this.title = init.title;
    this.issues = init.issues ?? [];
  }

  /** The first message about a field, for showing under it. */
  issueAt(path: string): string | undefined {
    return this.issues.find((issue) => issue.path === path)?.message;
  }
}

/** Reads a refusal's body. What is not a problem document becomes one that says so. */
export function problemFrom(status: number, body: unknown): Problem {
  if (typeof body === "object" && body !== null && "code" in body && "title" in body) {
    const { code, title, detail, issues } = body as Record<string, unknown>;
    return new Problem({
      status,
      code: String(code),
      title: String(title),
      ...(typeof detail === "string" && { detail }),
      ...(Array.isArray(issues) && { issues: issues as Issue[] }),
    });
  }
  return new Problem({
    status,
    code: "unreadable",
    title: `The gateway answered ${status} without saying why.`,
  });
}

/** No answer: the gateway is gone, or the connection is. */
export function unreachable(cause: unknown): Problem {
  const problem = new Problem({
    status: 0,
    code: "unreachable",
    title: "The gateway cannot be reached.",
    detail: "The gateway cannot be reached. Check that it is still running.",
  });
  problem.cause = cause;
  return problem;
}
