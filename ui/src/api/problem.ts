import type { components } from "./schema.gen.ts";

type Schemas = components["schemas"];

/** A refusal as it is on the wire: an RFC 9457 problem with this project's members. */
export type ProblemDocument = Schemas["Problem"];

/** One thing wrong with what was sent, at the path a person edits (`routes[2].match.path`). */
export type Issue = Schemas["Issue"];

/** `unreachable`: there was no answer. `unreadable`: a refusal that is no problem document. */
export type ProblemCode = Schemas["ProblemCode"] | "unreachable" | "unreadable";

/**
 * The gateway refused, or could not be reached. Switch on `code`, never on the text; show
 * `message`, which is a sentence for a person.
 */
export class Problem extends Error {
  override name = "Problem";
  readonly code: ProblemCode;
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  /** What is wrong, the same for each problem with this code. */
  readonly title: string;
  readonly issues: readonly Issue[];
  /** All of it, for the members only some problems have; `null` when the gateway sent none. */
  readonly document: ProblemDocument | null;

  constructor(
    init: { code: ProblemCode; status: number; title: string; detail?: string },
    document: ProblemDocument | null = null,
  ) {
    super(init.detail ?? init.title);
    this.code = init.code;
    this.status = init.status;
    this.title = init.title;
    this.issues = document?.issues ?? [];
    this.document = document;
  }

  /** The first message about a field, for showing under it. */
  issueAt(path: string): string | undefined {
    return this.issues.find((issue) => issue.path === path)?.message;
  }
}

/** Reads a refusal's body. What is not a problem document becomes one that says so. */
export function problemFrom(status: number, body: unknown): Problem {
  if (isProblemDocument(body)) return new Problem(body, body);
  const title = `The gateway answered ${status} without saying why.`;
  return new Problem({ code: "unreadable", status, title });
}

function isProblemDocument(body: unknown): body is ProblemDocument {
  return typeof body === "object" && body !== null && "code" in body && "detail" in body;
}

/** No answer: the gateway is gone, or the connection is. */
export function unreachable(cause: unknown): Problem {
  const problem = new Problem({
    code: "unreachable",
    status: 0,
    title: "The gateway cannot be reached.",
    detail: "The gateway cannot be reached. Check that it is still running.",
  });
  problem.cause = cause;
  return problem;
}
