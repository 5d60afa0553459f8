import { useNavigate } from "@tanstack/react-router";
import { CircleQuestionMark } from "lucide-react";
import { Button, Prose, Shape, StatusBadge } from "@/ui/index.ts";
import type { HeaderLine } from "./request.ts";
import { type Question, useFate } from "./queries.ts";

interface FateProps {
  question: Question;
  /** The request in a line, for the way to every stage. */
  line: string;
}

/** What would become of the request beyond its route: caller, limits, service. Nothing is sent. */
export function Fate({ question, line }: FateProps) {
  const navigate = useNavigate();
  const { data } = useFate(question);
  if (!data) return null;
  return (
    <section aria-label="What would become of it" className="flex flex-col gap-2">
      <p className="flex items-start gap-2">
        {data.status == null ? (
          <Shape name="ok" className="mt-1 text-ok" />
        ) : (
          <StatusBadge status={data.status} fromGateway />
        )}
        <span className="min-w-0 break-words">
          <Prose text={data.sentence} />
        </span>
      </p>
      {data.sends && <Changes question={question} sent={data.sends.headers} />}
      {data.assumed.map((note) => (
        <p key={note} className="text-small text-ink-2">
          <Prose text={note} />
        </p>
      ))}
      <Button
        size="sm"
        className="self-start"
        icon={<CircleQuestionMark size={14} aria-hidden="true" />}
        disabledReason={
          question.config === null ? undefined : "What is typed beside this is not in force yet."
        }
        onClick={() => void navigate({ to: "/traffic", search: { ask: line } })}
      >
        What if? Every stage of it
      </Button>
    </section>
  );
}

/** What the gateway adds to the request's headers, and what it takes away. */
function Changes({ question, sent }: { question: Question; sent: readonly HeaderLine[] }) {
  const before = new Set(question.headers.map(({ name }) => name.toLowerCase()));
  const after = new Set(sent.map(({ name }) => name));
  const added = [...after].filter((name) => !before.has(name) && name !== "host");
  const removed = [...before].filter((name) => !after.has(name));
  const parts = [
    ...added.map((name) => `+ \`${name}\``),
    ...removed.map((name) => `− \`${name}\``),
  ];
  if (parts.length === 0) return null;
  return (
    <p className="text-small break-words text-ink-2">
      <Prose text={`On its way: ${parts.join(", ")}`} />
    </p>
  );
}
