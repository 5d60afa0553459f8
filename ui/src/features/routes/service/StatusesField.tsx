import { useState } from "react";
import { type FieldProps, TextField } from "@/ui/index.ts";

interface StatusesFieldProps extends FieldProps {
  value: readonly number[];
  onChange: (statuses: number[]) => void;
  placeholder?: string;
}

/** HTTP statuses in one line. What is none stays visible with an error and changes nothing. */
export function StatusesField({ value, onChange, error, ...field }: StatusesFieldProps) {
  const [text, setText] = useState(() => value.join(", "));
  const read = statusesIn(text);
  // Statuses set from outside replace the text, unless it says the same or is being mended.
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (read === null || !sameStatuses(read, value)) setText(value.join(", "));
  }
  return (
    <TextField
      {...field}
      mono
      inputMode="numeric"
      data-unreadable={read === null || undefined}
      error={read === null ? "Enter statuses from 100 to 599, with commas between them." : error}
      value={text}
      onChange={(next) => {
        setText(next);
        const statuses = statusesIn(next);
        if (statuses !== null && !sameStatuses(statuses, value)) {
          setKnown(statuses);
          onChange(statuses);
        }
      }}
    />
  );
}

function statusesIn(text: string): number[] | null {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  return words.every((word) => /^[1-5]\d\d$/.test(word)) ? words.map(Number) : null;
}

function sameStatuses(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((status, at) => status === b[at]);
}
