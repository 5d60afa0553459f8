import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { IconButton } from "./Button.tsx";
import { CopyButton } from "./CopyButton.tsx";

interface SecretFieldProps {
  label: string;
  /** The secret in the clear. It is shown only after a press, and never remembered as shown. */
  value: string;
  autoFocusCopy?: boolean;
  onCopied?: () => void;
}

/** `gw_1234…cdef`: enough of a secret to tell it from another. Short ones are hidden whole. */
export function maskSecret(secret: string): string {
  return secret.length < 16 ? "•".repeat(8) : `${secret.slice(0, 4)}…${secret.slice(-4)}`;
}

/** A secret, masked, with reveal and copy. */
export function SecretField({ label, value, autoFocusCopy = false, onCopied }: SecretFieldProps) {
  const [shown, setShown] = useState(false);
  return (
    <div role="group" aria-label={label} className="flex flex-col gap-1">
      <span className="text-body font-medium">{label}</span>
      <div className="flex items-center gap-1">
        <code className="flex min-h-(--control) min-w-0 flex-1 items-center rounded-control border border-line-subtle bg-sunken px-2.5 py-1 text-code break-all select-all">
          {shown ? value : maskSecret(value)}
        </code>
        <IconButton
          label={shown ? "Hide" : "Reveal"}
          pressed={shown}
          icon={shown ? <EyeOff size={16} /> : <Eye size={16} />}
          onClick={() => setShown(!shown)}
        />
        <CopyButton
          wide
          size="md"
          variant="primary"
          label="Copy"
          text={value}
          focusFirst={autoFocusCopy}
          {...(onCopied && { onCopied })}
        />
      </div>
    </div>
  );
}
