import { useState } from "react";
import { Button, Dialog, Field } from "@/ui/index.ts";
import type { Span } from "./range.ts";

interface CustomSpanProps {
  /** What is seen now. */
  span: Span | undefined;
  onSpan: (span: Span) => void;
  onClose: () => void;
}

/** From when until when, as a person writes it, in local time. */
export function CustomSpan({ span, onSpan, onClose }: CustomSpanProps) {
  const [from, setFrom] = useState(() => local(span?.from));
  const [to, setTo] = useState(() => local(span?.to));
  const [asked, setAsked] = useState(false);
  const chosen = { from: seconds(from), to: seconds(to) };
  const error = !Number.isFinite(chosen.from + chosen.to)
    ? "Write both days with a time."
    : chosen.from >= chosen.to
      ? "The end has to be after the beginning."
      : undefined;
  const submit = () => {
    setAsked(true);
    if (error) return;
    onSpan(chosen);
    onClose();
  };
  return (
    <Dialog
      open
      width={360}
      title="From when until when"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <Button variant="primary" type="submit">
          Show
        </Button>
      }
    >
      <div className="flex flex-col gap-3 pb-2">
        <Moment label="From" value={from} onChange={setFrom} />
        <Moment label="To" value={to} onChange={setTo} error={asked ? error : undefined} />
      </div>
    </Dialog>
  );
}

interface MomentProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
}

function Moment({ label, value, onChange, error }: MomentProps) {
  return (
    <Field label={label} error={error}>
      {(control) => (
        <input
          type="datetime-local"
          {...control}
          value={value}
          onChange={({ target }) => onChange(target.value)}
          className="field w-full tabular-nums"
        />
      )}
    </Field>
  );
}

/** As the field wants it: local, without a zone. */
function local(at: number | undefined): string {
  if (at === undefined) return "";
  const date = new Date(at * 1000);
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

const seconds = (text: string) => Math.floor(new Date(text).getTime() / 1000);
