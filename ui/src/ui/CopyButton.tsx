import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button, IconButton } from "./Button.tsx";
import { copyText } from "./copyText.ts";

interface CopyButtonProps {
  /** The text, or what makes it when pressed. */
  text: string | (() => string);
  /** What is copied: "Copy address". */
  label: string;
  /** Shows the label beside the icon. */
  wide?: boolean;
  variant?: "primary" | "secondary" | "ghost";
  size?: "md" | "sm";
  autoFocus?: boolean;
  onCopied?: () => void;
}

type Outcome = "none" | "copied" | "failed";
const SAYS: Record<Outcome, string> = {
  none: "",
  copied: "Copied",
  failed: "Could not copy: select the text and copy it by hand",
};

/** Copies a text and says for two seconds that it did. */
export function CopyButton(props: CopyButtonProps) {
  const { text, label, wide = false, variant = "ghost", size = "sm", onCopied } = props;
  const [outcome, setOutcome] = useState<Outcome>("none");
  useEffect(() => {
    if (outcome === "none") return;
    const timer = setTimeout(() => setOutcome("none"), 2000);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = async () => {
    const copied = await copyText(typeof text === "function" ? text() : text);
    setOutcome(copied ? "copied" : "failed");
    if (copied) onCopied?.();
  };
  const icon =
    outcome === "copied" ? (
      <Check size={14} aria-hidden="true" className="text-ok" />
    ) : (
      <Copy size={14} aria-hidden="true" />
    );
  const common = { variant, size, icon, onClick: () => void copy() };
  return (
    <>
      {wide ? (
        // A dialog that shows a secret once puts the focus here, which is its point.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        <Button {...common} autoFocus={props.autoFocus}>
          {outcome === "none" ? label : outcome === "copied" ? "Copied" : "Not copied"}
        </Button>
      ) : (
        <IconButton {...common} label={outcome === "failed" ? SAYS.failed : label} />
      )}
      <span role="status" className="sr-only">
        {SAYS[outcome]}
      </span>
    </>
  );
}
