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
  /** Takes the focus when it appears: for a dialog whose point is to copy something once. */
  focusFirst?: boolean;
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
  const {
    text,
    label,
    wide = false,
    variant = "ghost",
    size = "sm",
    focusFirst = false,
    onCopied,
  } = props;
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
        <Button {...common} data-focus-first={focusFirst || undefined}>
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
