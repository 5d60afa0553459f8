import { useState } from "react";
import { Button, Dialog, toast } from "@/ui/index.ts";
import { draftOf } from "./keyDraft.ts";
import { KeyFields } from "./KeyFields.tsx";
import { type ApiKey, useChangeKey } from "./queries.ts";
import { OtherProblem, useSubmit } from "./submit.tsx";

/** Changes who uses a key and what it may be used for. */
export function EditDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(apiKey));
  const changeKey = useChangeKey();
  const { busy, problem, submit } = useSubmit(async () => {
    await changeKey(apiKey.id, draft);
    toast({ tone: "ok", title: `Key ${draft.name} changed` });
    onClose();
  });
  return (
    <Dialog
      open
      title={`Change the key ${apiKey.name}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={busy}>
            Save
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <OtherProblem problem={problem} />
        <KeyFields draft={draft} onChange={setDraft} problem={problem} />
      </div>
    </Dialog>
  );
}
