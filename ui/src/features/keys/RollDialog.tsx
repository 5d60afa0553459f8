import { useState } from "react";
import { Button, Dialog, NumberField } from "@/ui/index.ts";
import { Issued } from "./IssueDialog.tsx";
import { type ApiKey, type IssuedKey, useRollKey } from "./queries.ts";
import { OtherProblem, useSubmit } from "./submit.tsx";

/** Issues a key in place of another one, and shows it, once. */
export function RollDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const [hours, setHours] = useState<number | null>(24);
  const [issued, setIssued] = useState<IssuedKey | null>(null);
  const rollKey = useRollKey();
  const { busy, problem, submit } = useSubmit(async () =>
    setIssued(await rollKey(apiKey.id, hours ?? 0)),
  );
  if (issued) return <Issued issued={issued} onClose={onClose} />;
  return (
    <Dialog
      open
      title={`Roll the key ${apiKey.name}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Issue the new key
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <OtherProblem problem={problem} />
        <p>
          A new key takes its place, for the same consumer and with the same rights. Callers can
          change over while {apiKey.hint} is still good.
        </p>
        <NumberField
          label="The old key stays good for"
          unit="hours"
          min={0}
          max={8760}
          value={hours}
          onChange={setHours}
          help="0: it is refused at once."
        />
      </div>
    </Dialog>
  );
}
