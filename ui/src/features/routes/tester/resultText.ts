import type { RouteAnswer } from "./routeTest.ts";

/** Who would answer, in a sentence. */
export function answerText(answer: RouteAnswer): string {
  switch (answer.kind) {
    case "service":
      return `Service ${answer.service} is asked for \`${answer.upstream_path}\`.`;
    case "aggregate":
      return `Several services answer together: ${answer.parts.join(", ")}.`;
    case "redirect":
      return `The gateway answers ${answer.status} and sends the caller to \`${answer.location}\`.`;
    case "mock":
      return `Rule ${answer.rule} of the mock answers ${answer.status}.`;
    case "nothing":
      return "Nobody answers: no rule of the mock fits, and there is no service.";
    case "respond":
      return `The gateway itself answers ${answer.status}.`;
  }
}
