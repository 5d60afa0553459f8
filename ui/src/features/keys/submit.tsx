import { useState } from "react";
import { Problem } from "@/api/index.ts";
import { Banner } from "@/ui/index.ts";

/** Does something once at a time, and keeps what the gateway has against it. */
export function useSubmit(work: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async () => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return {
    busy,
    problem,
    submit: () => {
      if (!busy) void run();
    },
  };
}

/** The fields of a key's dialog that show their own problems. */
const FIELDS = ["name", "consumer", "scopes", "plan", "expires_at_us"];

/** What is wrong with a key, where no field says so. */
export function OtherProblem({ problem }: { problem: Problem | null }) {
  if (!problem || FIELDS.some((field) => problem.issueAt(field) !== undefined)) return null;
  return <Banner tone="err">{problem.message}</Banner>;
}
