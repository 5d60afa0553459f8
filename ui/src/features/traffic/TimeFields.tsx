import { useState } from "react";
import { Button, Dialog, TextField } from "@/ui/index.ts";

interface TimeFieldsProps {
  since: string;
  until: string;
  onClose: () => void;
  /** Empty is open. */
  onApply: (since: string, until: string) => void;
}

const HELP = "-15m, 14:00 or 2026-12-01T14:00";

/** The time a filter is bound to, to be typed. */
export function TimeFields(props: TimeFieldsProps) {
  const [since, setSince] = useState(props.since);
  const [until, setUntil] = useState(props.until);
  return (
    <Dialog
      open
      onClose={props.onClose}
      title="Show only requests that began"
      onSubmit={() => props.onApply(since.trim(), until.trim())}
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button type="submit" variant="primary">
            Apply
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <TextField mono label="Since" help={HELP} value={since} onChange={setSince} />
        <TextField mono label="Until" help={HELP} value={until} onChange={setUntil} />
      </div>
    </Dialog>
  );
}
