import { useMemo, useState } from "react";
import { Problem } from "@/api/index.ts";
import { Issues } from "@/forms/Issues.tsx";
import { Banner, Skeleton } from "@/ui/index.ts";
import type { Detail } from "../queries.ts";
import { Outcome, Verdict } from "./Outcome.tsx";
import { type Draft, draftFrom, draftOf, questionOf } from "./question.ts";
import { QuestionFields } from "./QuestionFields.tsx";
import { useExplanation } from "./queries.ts";

interface WhatIfProps {
  /** A request of the log, or one that is made by hand, as "GET /orders". */
  of: Detail | string;
}

/**
 * What would become of a request if it, its caller, the time or the configuration were different:
 * asked while it is typed, beside what became of it. Nothing is sent.
 */
export function WhatIf({ of }: WhatIfProps) {
  const logged = typeof of === "string" ? null : of;
  const [draft, setDraft] = useState<Draft>(() =>
    typeof of === "string" ? draftFrom(of) : draftOf(of),
  );
  const question = useMemo(() => questionOf(draft, logged), [draft, logged]);
  const problem = "problem" in question ? question.problem : null;
  const { data, error } = useExplanation("asked" in question ? question.asked : null);
  const shown = error || problem !== null ? null : (data ?? null);
  const refused = error instanceof Problem && error.code === "config_refused" ? error : null;
  return (
    <div className="flex flex-col gap-4 p-3">
      {shown && <Verdict now={shown} />}
      <QuestionFields
        draft={draft}
        onChange={setDraft}
        logged={logged !== null}
        problem={problem}
      />
      {refused && (
        <div>
          <Banner tone="warn">
            This configuration would be refused, so nothing can be said about it.
          </Banner>
          <Issues issues={refused.issues} />
        </div>
      )}
      {error && !refused && <Banner tone="err">{error.message}</Banner>}
      {shown && <Outcome now={shown} then={logged} />}
      {!shown && !error && problem === null && <Skeleton />}
    </div>
  );
}
