import { useState } from "react";
import {
  Banner,
  Button,
  Dialog,
  format,
  Meter,
  Select,
  Spinner,
  Switch,
  TextField,
} from "@/ui/index.ts";
import { useDebounced } from "@/ui/index.ts";
import { type Trip, type TripCall } from "./tripOf.ts";
import { TripResult } from "./TripResult.tsx";
import { type TripPlan, useGoodKeys, useTrip, useTripPlan } from "./useTrip.ts";

/** The choice of no key; no id holds a colon. */
const NO_KEY = ":none";
const ASK_AFTER_MS = 200;
const HARMLESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

interface TripDialogProps {
  call: TripCall;
  /** The limit to use up; absent: the one that has least left. */
  limit?: string | undefined;
  /** The key to begin with; absent: the newest, where `needsKey`. */
  keyId?: string | undefined;
  /** The call is refused without a key. */
  needsKey?: boolean;
  onClose: () => void;
}

/** Sends a request until a limit refuses it, and shows what a caller gets then. */
export function TripDialog({ call, limit, keyId, needsKey = false, onClose }: TripDialogProps) {
  const keys = useGoodKeys();
  const [chosen, setChosen] = useState<string | null>(keyId ?? null);
  const key = chosen ?? (needsKey ? keys?.[0]?.id : undefined) ?? NO_KEY;
  const [path, setPath] = useState(call.path ?? null);
  const [many, setMany] = useState(false);
  const trip: Trip = {
    ...call,
    ...(path !== null && { path }),
    ...(key !== NO_KEY && { key }),
    ...(limit !== undefined && { limit }),
  };
  const running = useTrip();
  const settled = useDebounced(JSON.stringify(trip), ASK_AFTER_MS);
  const planned = useTripPlan(JSON.parse(settled) as Trip, keys !== undefined && !running.data);
  const plan = planned.error ? undefined : planned.data;
  const send = () =>
    plan && running.mutate({ ...trip, ...(plan.is_many && { at_most: plan.requests }) });
  if (running.data) {
    return (
      <Dialog
        open
        title={`Trip ${running.data.plan.limit}`}
        onClose={onClose}
        footer={
          <>
            <Button onClick={() => running.reset()}>Again…</Button>
            <Button variant="primary" data-focus-first onClick={onClose}>
              Done
            </Button>
          </>
        }
      >
        <TripResult done={running.data} />
      </Dialog>
    );
  }
  const reason = whyNot(plan, planned.error, many);
  return (
    <Dialog
      open
      title={`Trip ${plan?.limit ?? limit ?? "a limit"}`}
      description="Real requests go through the gateway to the service until one is answered 429."
      onClose={onClose}
      onSubmit={send}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            data-focus-first
            // It keeps the focus while it is busy, and would lose it with a reason not to be pressed.
            busy={running.isPending || (!plan && !planned.error)}
            disabledReason={reason}
          >
            {plan ? `Send up to ${format.count(plan.requests)}` : "Send"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <div className="flex flex-wrap items-start gap-3">
          <Select
            label="As"
            className="min-w-44 flex-1"
            value={key}
            onChange={setChosen}
            options={[
              { value: NO_KEY, label: "nobody", hint: "without a key" },
              ...(keys ?? []).map(({ id, name, hint }) => ({ value: id, label: name, hint })),
            ]}
          />
          {path !== null && (
            <TextField
              label={`${call.method ?? "GET"} path`}
              mono
              className="min-w-44 flex-1"
              value={path}
              onChange={setPath}
            />
          )}
        </div>
        {planned.error && <Banner tone="warn">{planned.error.message}</Banner>}
        {running.error && <Banner tone="err">{running.error.message}</Banner>}
        {!plan && !planned.error && <Spinner />}
        {plan && <Planned plan={plan} keyName={keys?.find(({ id }) => id === key)?.name} />}
        {plan?.is_many && (
          <Switch
            label={`Send more than 500`}
            help={`It takes up to ${format.count(plan.requests)} requests.`}
            checked={many}
            onChange={setMany}
          />
        )}
      </div>
    </Dialog>
  );
}

interface PlannedProps {
  plan: TripPlan;
  /** What people call the key. */
  keyName: string | undefined;
}

function Planned({ plan, keyName }: PlannedProps) {
  const used = plan.allowed - plan.left;
  const byKey = plan.partition.startsWith("key ") && keyName !== undefined;
  const partition = byKey ? `key ${keyName}` : plan.partition;
  return (
    <>
      <Meter
        label={plan.limit}
        used={used}
        total={plan.allowed}
        text={`${format.count(used)} of ${format.count(plan.allowed)} used`}
        detail={`Counted as ${partition}${plan.version == null ? "" : `, version ${plan.version}`}`}
      />
      {plan.kind === "quota" && (
        <Banner tone="warn">
          This is a quota: what is used of it is gone until its period ends.
        </Banner>
      )}
      {!HARMLESS.has(plan.method) && (
        <Banner tone="warn">
          {`The service gets each ${plan.method}, without a body: it may change something.`}
        </Banner>
      )}
    </>
  );
}

function whyNot(plan: TripPlan | undefined, error: Error | null, many: boolean) {
  if (error) return error.message;
  if (plan?.is_many && !many) return `Switch on “Send more than 500”.`;
  return undefined;
}
