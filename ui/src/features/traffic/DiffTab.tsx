import { useState } from "react";
import type { Exchange } from "@/live/exchange.ts";
import { Banner, Button, ConfirmDialog, EmptyState, Kbd, Skeleton } from "@/ui/index.ts";
import { Compared } from "./Comparison.tsx";
import { usePrevious, useReplay, useReplayPlan } from "./replayQueries.ts";

interface DiffTabProps {
  exchange: Exchange;
  /** The id of the request that it is compared with; empty for none yet. */
  other: string;
  /** The id of the request that was marked; `null` for none. */
  marked: string | null;
  onOther: (id: string) => void;
}

/**
 * The request beside another one: the marked one, the one it repeats, the one before it on its route, or
 * the same on another version.
 */
export function DiffTab({ exchange, other, marked, onOther }: DiffTabProps) {
  const { id, replay_of: original } = exchange;
  const previous = usePrevious(exchange).data ?? null;
  const canBe = other !== "" && other !== id ? other : (original ?? "");
  // What came first is on the left.
  const isFirst = canBe === original || canBe === marked || canBe === previous;
  return (
    <div className="flex flex-col gap-4 p-3">
      <Choice exchange={exchange} marked={marked} previous={previous} onOther={onOther} />
      {canBe === "" ? (
        <EmptyState title="Compare this request with another one">
          Mark one with <Kbd keys="M" />, then press <Kbd keys="D" /> on this one. Or send the same
          request to another version.
        </EmptyState>
      ) : (
        <Compared
          key={canBe}
          before={isFirst ? canBe : id}
          after={isFirst ? id : canBe}
          names={namesOf(canBe, { original: original ?? null, marked, previous, isFirst })}
        />
      )}
    </div>
  );
}

function namesOf(
  other: string,
  known: {
    original: string | null;
    marked: string | null;
    previous: string | null;
    isFirst: boolean;
  },
): [string, string] {
  if (other === known.original) return ["Original", "This one, sent again"];
  if (other === known.marked) return ["Marked", "This one"];
  if (other === known.previous) return ["The one before", "This one"];
  return known.isFirst ? ["The other", "This one"] : ["This one", "The other"];
}

interface ChoiceProps extends Omit<DiffTabProps, "other"> {
  previous: string | null;
}

function Choice({ exchange, marked, previous, onOther }: ChoiceProps) {
  const { id, replay_of: original, route } = exchange;
  const { data: plan } = useReplayPlan(id);
  const replay = useReplay(id);
  const [asking, setAsking] = useState<string | null>(null);
  if (!plan) return <Skeleton />;
  const others = plan.versions.filter((version) => version !== plan.version);
  const send = (version: string) => {
    setAsking(null);
    const order = {
      version,
      confirmed: asking !== null,
      ...(plan.key && { key: plan.key.id }),
    };
    replay.mutate(order, {
      onSuccess: ({ results: [result] }) => {
        if (result?.exchange_id != null) onOther(result.exchange_id);
      },
    });
  };
  const askOrSend = (version: string) =>
    plan.safe && !plan.incomplete ? send(version) : setAsking(version);
  return (
    <>
      <div role="group" aria-label="Compare with" className="flex flex-wrap items-center gap-2">
        <span className="text-ink-2">Compare with</span>
        {marked !== null && marked !== id && (
          <Button size="sm" onClick={() => onOther(marked)}>
            The marked request
          </Button>
        )}
        {original != null && (
          <Button size="sm" onClick={() => onOther(original)}>
            The original
          </Button>
        )}
        {previous !== null && (
          <Button size="sm" onClick={() => onOther(previous)}>
            {`The one before on ${route}`}
          </Button>
        )}
        {others.map((version) => (
          <Button
            key={version}
            size="sm"
            busy={replay.isPending}
            onClick={() => askOrSend(version)}
          >
            {`The same on ${version}`}
          </Button>
        ))}
        {marked === null && original == null && previous === null && others.length === 0 && (
          <span className="text-ink-3">nothing yet: no request is marked.</span>
        )}
      </div>
      {replay.error && <Banner tone="err">{replay.error.message}</Banner>}
      <ConfirmDialog
        open={asking !== null}
        title={`Send ${plan.request.method} to ${asking}?`}
        confirm="Send it"
        onConfirm={() => asking !== null && send(asking)}
        onCancel={() => setAsking(null)}
      >
        {plan.safe ? "" : `${plan.request.method} may change something once more. `}
        {plan.incomplete && plan.left_out.join(" ")}
      </ConfirmDialog>
    </>
  );
}
