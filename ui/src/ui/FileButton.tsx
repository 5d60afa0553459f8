import { FileUp } from "lucide-react";
import { useRef } from "react";
import { Button, type ButtonProps } from "./Button.tsx";

interface FileButtonProps {
  /** What the file is, for a screen reader: "OpenAPI document". */
  label: string;
  /** As in the attribute of an input: `.yaml,.json`. */
  accept: string;
  onFile: (file: File) => void;
  size?: ButtonProps["size"];
  busy?: boolean;
  /** What stands on the button. */
  children: string;
}

/** A button that asks for a file. */
export function FileButton({ label, accept, onFile, size, busy, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
          // So that the same file, changed meanwhile, can be chosen again.
          event.target.value = "";
        }}
      />
      <Button
        {...(size && { size })}
        {...(busy !== undefined && { busy })}
        icon={<FileUp size={size === "sm" ? 12 : 14} aria-hidden="true" />}
        onClick={() => input.current?.click()}
      >
        {children}
      </Button>
    </>
  );
}
