import { Activity, CircleStop, FilterX, Play, Search, Send } from "lucide-react";
import { withReplaced } from "@/live/filterText.ts";
import type { LogState } from "@/live/logState.ts";
import { useState } from "react";
import {
  Button,
  CodeBlock,
  CopyButton,
  EmptyState,
  format,
  Prose,
  sentence,
  toast,
} from "@/ui/index.ts";
import type { Status } from "@/app/status.ts";
import { useHidden } from "./findingQueries.ts";
import { useStartGateway } from "./queries.ts";
import { useSendOne } from "./useSendOne.ts";

const ICON = { size: 24, strokeWidth: 1.75, "aria-hidden": true } as const;

interface EmptyLogProps {
  status: Status | undefined;
  filter: LogState["filter"];
  /** Whether the strip above already says how to send a request. */
  coached: boolean;
  /** Whether older requests are still being looked at. */
  searching: boolean;
  onFilter: (filter: string) => void;
}

/** Why there is no row, and the one thing to do about it. */
export function EmptyLog({ status, filter, coached, searching, onFilter }: EmptyLogProps) {
  if (filter === null || !status) return null;
  if (filter.trim() !== "") {
    if (searching) {
      return <EmptyState icon={<Search {...ICON} />} title="Nothing found yet; still searching" />;
    }
    return <NoMatch filter={filter} hidden={status.log?.rows ?? null} onFilter={onFilter} />;
  }
  const { gateway, url } = status;
  if (gateway.state === "running") return <Waiting url={url} coached={coached} />;
  return <Stopped why={gateway.state === "failed" ? gateway.message : null} />;
}

interface NoMatchProps {
  filter: string;
  /** How many requests the log holds; `null` if that is not known. */
  hidden: number | null;
  onFilter: (filter: string) => void;
}

/** Terms that are offered to be taken away. */
const OFFERED = 3;

function NoMatch({ filter, hidden, onFilter }: NoMatchProps) {
  const { data } = useHidden(filter);
  const without = (data?.without ?? []).filter((term) => term.would_show.count > 0);
  return (
    <EmptyState
      icon={<FilterX {...ICON} />}
      title="No request matches"
      actions={
        <>
          <Button onClick={() => onFilter("")}>Clear filter</Button>
          {without.slice(0, OFFERED).map(({ term, from, to, would_show: { count, all } }) => (
            <Button key={from} onClick={() => onFilter(withReplaced(filter, from, to, "").trim())}>
              <span>
                Remove <code className="font-mono text-code">{term}</code> (would show{" "}
                {all ? "" : "more than "}
                {format.count(count)})
              </span>
            </Button>
          ))}
        </>
      }
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
  const [shown, setShown] = useState(false);
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
            <Button aria-expanded={shown} onClick={() => setShown(!shown)}>
              {shown ? "Hide" : "Show"} the change in code
            </Button>
          </>
        )
      }
    >
      Point your client at this address instead of the service&apos;s own. Each request becomes a
      row here, with who answered it and why.
      {shown && (
        <div className="mt-3 flex w-[min(420px,80vw)] flex-col gap-2 text-left">
          <CodeBlock label="fetch" text={`fetch("${url}/…")`} />
          <CodeBlock label="axios" text={`axios.create({ baseURL: "${url}" })`} />
          <CodeBlock label="cURL" text={one.curl} />
        </div>
      )}
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
