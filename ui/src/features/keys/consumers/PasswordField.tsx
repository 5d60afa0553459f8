import { TextField } from "@/ui/index.ts";

interface PasswordFieldProps {
  name: string;
  hash: string | null;
  onChange: (hash: string | null) => void;
  error: string | undefined;
}

/** The hash of a consumer's password; the password itself is kept nowhere. */
export function PasswordField({ hash, onChange, error }: PasswordFieldProps) {
  return (
    <TextField
      label="Password hash"
      mono
      placeholder="no password"
      value={hash ?? ""}
      onChange={(text) => onChange(text === "" ? null : text)}
      error={error}
      help="For Basic authentication, with its name as the user. “gatewright hash-password” makes one."
    />
  );
}
