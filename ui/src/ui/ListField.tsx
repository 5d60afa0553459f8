import { useState } from "react";
import type { FieldProps } from "./Field.tsx";
import { TextField } from "./TextField.tsx";

interface ListFieldProps extends FieldProps {
  value: readonly string[];
  onChange: (value: string[]) => void;
  placeholder?: string;
}

/** Several words in one line, with commas or spaces between them: hosts, header names. */
export function ListField({ value, onChange, ...field }: ListFieldProps) {
  const [text, setText] = useState(() => value.join(", "));
  // A value set from outside replaces the text, unless the text says the same.
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (!sameWords(wordsOf(text), value)) setText(value.join(", "));
  }
  return (
    <TextField
      {...field}
      mono
      value={text}
      onChange={(next) => {
        setText(next);
        const words = wordsOf(next);
        if (!sameWords(words, value)) onChange(words);
      }}
    />
  );
}

const wordsOf = (text: string) => text.split(/[\s,]+/).filter((word) => word !== "");

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, at) => word === b[at]);
}
