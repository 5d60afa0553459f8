import { useState } from "react";
import { TextField } from "@/ui/index.ts";

interface NameFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
  /** Changes the name only on Enter or when the field is left: for a thing that has one already. */
  onLeave: boolean;
}

/** The name of a route. */
export function NameField({ value, onChange, error, onLeave }: NameFieldProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = () => {
    if (typed !== null && typed !== value) onChange(typed);
    setTyped(null);
  };
  return (
    <TextField
      label="Name"
      mono
      value={typed ?? value}
      onChange={onLeave ? setTyped : onChange}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && onLeave && commit()}
      error={error}
      help={
        typed !== null && typed !== value ? "Press Enter or leave the field to rename." : undefined
      }
    />
  );
}
