import { Play } from "lucide-react";
import { useState } from "react";
import type { Problem } from "@/api/index.ts";
import type { Status } from "@/app/status.ts";
import { Banner, Button, format, Prose, sentence, toast } from "@/ui/index.ts";
import { useStartGateway } from "./queries.ts";

interface WarningsProps {
  status: Status | undefined;
  /** Why the log could not be read. */
  problem: Problem | null;
  /** Whether rows are shown; without any, the empty state says what a banner would. */
  hasRows: boolean;
}

/** What keeps the log from being the whole truth. */
export function Warnings({ status, problem, hasRows }: WarningsProps) {
  const [seenDropped, setSeenDropped] = useState(0);
  const { recorder, gateway } = status ?? {};
  return (
    <>
      {problem && (
        <Banner tone="err">
          The log cannot be read: <Prose text={problem.message} />
        </Banner>
      )}
      {recorder?.degraded != null && (
        <Banner tone="err">
          New requests cannot be written to the log. <Prose text={sentence(recorder.degraded)} />{" "}
          Requests are still answered.
        </Banner>
      )}
      {recorder && recorder.dropped > seenDropped && (
        <Banner tone="warn" onDismiss={() => setSeenDropped(recorder.dropped)}>
          {`${format.plural(recorder.dropped, "request")} since the start ${recorder.dropped === 1 ? "is" : "are"} not in the log, because it could not keep up or could not be written.`}
        </Banner>
      )}
      {hasRows && gateway?.state === "stopped" && <Stopped />}
    </>
  );
}

function Stopped() {
  const start = useStartGateway();
  const run = () =>
    start.mutate(undefined, {
      onError: (error) =>
        toast({ tone: "err", title: "The gateway did not start", detail: error.message }),
    });
  return (
    <Banner
      tone="warn"
      actions={
        <Button size="sm" icon={<Play size={12} />} busy={start.isPending} onClick={run}>
          Start gateway
        </Button>
      }
    >
      The gateway is stopped; nothing is being recorded.
    </Banner>
  );
}
