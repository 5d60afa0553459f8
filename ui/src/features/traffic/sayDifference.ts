import type { components } from "@/api/index.ts";
import { format } from "@/ui/index.ts";
import type { Comparison } from "./replayQueries.ts";

type BodyDifference = components["schemas"]["BodyDifference"];

/** How two answers differ, in one sentence. */
export function sayDifference({ before, after, same_answer, response }: Comparison): string {
  if (same_answer) return "The answers are the same.";
  const headers = response.headers.changes.filter(({ noise }) => !noise).length;
  const parts = [
    before.status !== after.status && `status ${before.status} and ${after.status}`,
    headers > 0 && format.plural(headers, "header"),
    ofBody(response.body),
  ].filter(Boolean);
  if (parts.length === 0) return "The answers say the same, written differently.";
  return `The answers differ: ${parts.join(", ")}.`;
}

function ofBody(body: BodyDifference): string | false {
  switch (body.kind) {
    case "same":
      return false;
    case "json": {
      const values = body.changes.length + body.more;
      return values > 0 && `${format.plural(values, "value")} in the JSON`;
    }
    case "text":
      return "the text";
    case "binary":
      return "the bytes";
    case "not_kept":
      return "perhaps the bodies, of which not everything was kept";
  }
}
