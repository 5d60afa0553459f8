import { Send } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Problem } from "@/api/index.ts";
import { Banner, Button, ConfirmDialog, Prose, Skeleton } from "@/ui/index.ts";
import { ReplayForm } from "./ReplayForm.tsx";
import { ReplayResults } from "./ReplayResults.tsx";
import { asksFirst, draftOf, editedOf, orderOf, type ReplayDraft } from "./replayDraft.ts";
import { type ReplayPlan, useReplay, useReplayPlan } from "./replayQueries.ts";

/** What the keys ask of the tab when they open it. */
export interface ReplayWish {
  /** The request they were pressed on. */
  id: string;
  /** Send at once, or edit first. */
  wish: "send" | "edit";
}

interface ReplayTabProps {
  id: string;
  wish: ReplayWish | null;
  /** The wish was taken up. */
  onWished: () => void;
  onOpen: (id: string) => void;
}

/** Sends the request again and shows the answer beside the original's. */
export function ReplayTab(props: ReplayTabProps) {
  const { data, error } = useReplayPlan(props.id);
  if (error) return <Banner tone="err">{error.message}</Banner>;
  if (!data) return <Skeleton />;
  return <Replay key={props.id} plan={data} {...props} />;
}

function Replay({ id, plan, wish, onWished, onOpen }: ReplayTabProps & { plan: ReplayPlan }) {
  const [draft, setDraft] = useState<ReplayDraft>(() => draftOf(plan));
  const [asking, setAsking] = useState<string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const replay = useReplay(id);

  const onError = (error: Error) => {
    // The gateway knows better what may change something.
    if (error instanceof Problem && error.code === "confirmation_needed") {
      setAsking([error.message]);
    } else setProblem(error.message);
  };
  const send = (confirmed: boolean) => {
    setAsking(null);
    const made = orderOf(draft, confirmed);
    if ("problem" in made) return setProblem(made.problem);
    setProblem(null);
    replay.mutate(made.order, { onError });
  };
  const reasons = asksFirst(draft, plan);
  const askOrSend = () => (reasons.length > 0 ? setAsking(reasons) : send(false));

  // What a key asks for is taken up once: a question or the editor at once, sending afterwards.
  const [seen, setSeen] = useState<ReplayWish | null>(null);
  if (wish !== null && wish.id === id && wish !== seen) {
    setSeen(wish);
    if (wish.wish === "edit")
      setDraft({ ...draft, edited: draft.edited ?? editedOf(plan.request) });
    else if (reasons.length > 0) setAsking(reasons);
  }
  const taken = useRef<ReplayWish>(null);
  useEffect(() => {
    if (seen === null || seen === taken.current) return;
    taken.current = seen;
    onWished();
    const made = orderOf(draft, false);
    if (seen.wish === "send" && reasons.length === 0 && "order" in made) {
      replay.mutate(made.order, { onError });
    }
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || replay.isPending) return;
    event.preventDefault();
    askOrSend();
  };
  return (
    // Ctrl+Enter sends from whichever field has the focus.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div onKeyDown={onKeyDown} className="flex flex-col gap-4 p-3">
      <ReplayForm plan={plan} draft={draft} onChange={setDraft} />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          variant="primary"
          keys="Mod+Enter"
          icon={<Send size={14} aria-hidden="true" />}
          busy={replay.isPending}
          onClick={askOrSend}
        >
          {draft.times > 1 ? `Send ${draft.times} times` : "Send"}
        </Button>
        <span className="text-ink-3">
          Limits and quotas count it like any request. It is marked as sent again.
        </span>
      </div>
      {problem !== null && (
        <Banner tone="err">
          <Prose text={problem} />
        </Banner>
      )}
      {replay.data && (
        <ReplayResults
          key={replay.submittedAt}
          original={id}
          results={replay.data.results}
          onOpen={onOpen}
        />
      )}
      <ConfirmDialog
        open={asking !== null}
        title={`Send ${draft.edited?.method ?? plan.request.method} again?`}
        confirm="Send it"
        onConfirm={() => send(true)}
        onCancel={() => setAsking(null)}
      >
        <ul className="flex flex-col gap-1">
          {asking?.map((reason) => (
            <li key={reason}>
              <Prose text={reason} />
            </li>
          ))}
        </ul>
      </ConfirmDialog>
    </div>
  );
}
