import { Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useStatus } from "@/app/status.ts";
import { Button, format, StatusBadge, toast } from "@/ui/index.ts";
import { type Question, useSend } from "./queries.ts";

interface SendItProps {
  question: Question;
  /** Where the gateway is. */
  base: string;
}

/** Sends the request for real, through the gateway that runs. */
export function SendIt({ question, base }: SendItProps) {
  const running = useStatus()?.gateway.state === "running";
  const sending = useSend();
  const path = pathAt(question.url, base);
  const reason = whyNot(question, path, running);
  const send = () =>
    sending.mutate(
      { method: question.method, path: path ?? "/", headers: [...question.headers] },
      {
        onError: (error) =>
          toast({ tone: "err", title: "Nothing was sent", detail: error.message }),
      },
    );
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        size="sm"
        icon={<Send size={14} aria-hidden="true" />}
        busy={sending.isPending}
        disabledReason={reason}
        onClick={send}
      >
        Send it
      </Button>
      {sending.data && (
        <span role="status" className="flex items-center gap-2 text-ink-2">
          <StatusBadge status={sending.data.status} />
          {`in ${format.duration(sending.data.took_us / 1000)}`}
          {sending.data.exchange_id != null && (
            <Link to="/traffic" search={{ sel: sending.data.exchange_id }}>
              Show it in Traffic
            </Link>
          )}
        </span>
      )}
    </div>
  );
}

/** The path of a URL at the gateway's own address; `null` for one elsewhere. */
function pathAt(url: string, base: string): string | null {
  const own = base.replace(/\/$/, "");
  return url.startsWith(`${own}/`) ? url.slice(own.length) : null;
}

function whyNot(question: Question, path: string | null, running: boolean): string | undefined {
  if (!running) return "The gateway is stopped.";
  if (question.config !== null) return "What is typed beside this is not in force yet.";
  if (path === null) return "Only a request to the gateway's own address can be sent from here.";
  return undefined;
}
