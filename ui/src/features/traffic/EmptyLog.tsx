import { Activity, CircleStop, FilterX, Play, Send } from "lucide-react";
import type { LogState } from "@/live/liveLog.ts";
import { Button, CopyButton, EmptyState, format, Prose, sentence, toast } from "@/ui/index.ts";
import type { Status } from "@/app/status.ts";
import { useStartGateway } from "./queries.ts";
import { useSendOne } from "./useSendOne.ts";

interface EmptyLogProps {
  status: Status | undefined;
  filter: LogState["filter"];
  /** Whether the strip above already says how to send a request. */
  coached: boolean;
  onClearFilter: () => void;
}

/** Why there is no row, and the one thing to do about it. */
export function EmptyLog({ status, filter, coached, onClearFilter }: EmptyLogProps) {
  if (filter === null || !status) return null;
  if (filter.trim() !== "") {
    return <NoMatch filter={filter} hidden={status.log?.rows ?? null} onClear={onClearFilter} />;
  }
  const { gateway, url } = status;
  if (gateway.state === "running") return <Waiting url={url} coached={coached} />;
  return <Stopped why={gateway.state === "failed" ? gateway.message : null} />;
}

interface NoMatchProps {
  filter: string;
  /** How many requests the log holds; `null` if that is not known. */
  hidden: number | null;
  onClear: () => void;
}

function NoMatch({ filter, hidden, onClear }: NoMatchProps) {
  return (
    <EmptyState
      icon={<FilterX size={24} strokeWidth={1.75} aria-hidden="true" />}
      title="No request matches"
      actions={<Button onClick={onClear}>Clear filter</Button>}
    >
      {hidden === 0 ? (
        "The log is empty."
      ) : (
        <>
          {hiddenBy(hidden)} <code className="font-mono text-code break-all">{filter}</code>.
        </>
      )}
    </EmptyState>
  );
}

function hiddenBy(hidden: number | null): string {
  if (hidden === null) return "All requests are hidden by";
  return `${format.plural(hidden, "request")} ${hidden === 1 ? "is" : "are"} hidden by`;
}

function Waiting({ url, coached }: { url: string; coached: boolean }) {
  const one = useSendOne(url);
  return (
    <EmptyState
      icon={<Activity size={24} strokeWidth={1.75} aria-hidden="true" />}
      title={`Waiting for the first request on ${url}`}
      actions={
        !coached && (
          <>
            <Button icon={<Send size={14} />} busy={one.busy} onClick={one.send}>
              Send one for me
            </Button>
            <CopyButton wide variant="secondary" size="md" text={one.curl} label="Copy cURL" />
          </>
        )
      }
    >
      Point your client at this address instead of the service&apos;s own. Each request becomes a
      row here, with who answered it and why.
    </EmptyState>
  );
}

function Stopped({ why }: { why: string | null }) {
  const start = useStartGateway();
  const run = () =>
    start.mutate(undefined, {
      onError: (error) =>
        toast({ tone: "err", title: "The gateway did not start", detail: error.message }),
    });
  return (
    <EmptyState
      icon={<CircleStop size={24} strokeWidth={1.75} aria-hidden="true" />}
      title="The gateway is stopped; nothing is being recorded"
      actions={
        <Button variant="primary" icon={<Play size={14} />} busy={start.isPending} onClick={run}>
          Start gateway
        </Button>
      }
    >
      {why !== null && <Prose text={sentence(why)} />}
    </EmptyState>
  );
}
