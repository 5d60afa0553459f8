import { Prose } from "@/ui/index.ts";

/** What is wrong with several fields together, or with something that has no field. */
export function PartProblem({ message }: { message: string | undefined }) {
  if (message === undefined) return null;
  return (
    <p role="alert" className="text-small text-err">
      <Prose text={message} />
    </p>
  );
}
