import { useState } from "react";
import { TextArea } from "@/ui/index.ts";

interface JsonFieldProps {
  label: string;
  help?: string;
  placeholder?: string;
  rows?: number;
  /** `null` is an empty field. */
  value: unknown;
  onChange: (value: unknown) => void;
  error: string | undefined;
}

/** A value as JSON. What is no JSON yet stays in the field, and is said. */
export function JsonField({ value, onChange, error, ...area }: JsonFieldProps) {
  const written = value === null ? "" : JSON.stringify(value, null, 2);
  const [text, setText] = useState(written);
  // A value set from outside replaces the text, unless the text says the same.
  const [known, setKnown] = useState(written);
  if (known !== written) {
    setKnown(written);
    if (JSON.stringify(parsed(text)) !== JSON.stringify(value)) setText(written);
  }
  const wrong = parsed(text) === undefined;
  return (
    <TextArea
      {...area}
      mono
      value={text}
      onChange={(next) => {
        setText(next);
        const read = parsed(next);
        if (read !== undefined) onChange(read);
      }}
      error={wrong ? "This is no JSON yet; what was there before holds." : error}
    />
  );
}

/** `undefined` for what is no JSON. */
function parsed(text: string): unknown {
  if (text.trim() === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
