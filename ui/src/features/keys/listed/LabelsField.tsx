import { useState } from "react";
import { TextArea } from "@/ui/index.ts";

type Labels = Record<string, string>;

interface LabelsFieldProps {
  value: Labels;
  onChange: (labels: Labels) => void;
  error: string | undefined;
}

/** Notes for people, a line each: `team: billing`. */
export function LabelsField({ value, onChange, error }: LabelsFieldProps) {
  const [text, setText] = useState(() => textOf(value));
  // A value set from outside replaces the text, unless the text says the same.
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    if (textOf(labelsOf(text)) !== textOf(value)) setText(textOf(value));
  }
  const odd = text.split("\n").find((line) => line.trim() !== "" && !/^[^:]*\S[^:]*:/.test(line));
  return (
    <TextArea
      label="Labels"
      mono
      rows={2}
      placeholder="team: billing"
      value={text}
      onChange={(next) => {
        setText(next);
        const labels = labelsOf(next);
        if (textOf(labels) !== textOf(value)) onChange(labels);
      }}
      error={odd === undefined ? error : `Write \`${odd.trim()}\` as a name, a colon and a value.`}
      help="Notes for people, one a line. They decide nothing."
    />
  );
}

const textOf = (labels: Labels) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

function labelsOf(text: string): Labels {
  const pairs = text.split("\n").flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).trim();
    return name === "" ? [] : [[name, line.slice(colon + 1).trim()] as const];
  });
  return Object.fromEntries(pairs);
}
