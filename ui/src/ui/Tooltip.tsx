import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";
import { Kbd } from "./Kbd.tsx";

interface TooltipProps {
  /** What it says. The trigger carries the same as its accessible name or description itself. */
  label: ReactNode;
  keys?: string | undefined;
  side?: "top" | "right" | "bottom" | "left";
  /** The element that is explained. It must accept a ref and spread props. */
  children: ReactElement<Record<string, unknown>>;
}

/** A short explanation on hover or focus. Never the only place of an information. */
export function Tooltip({ label, keys, side = "bottom", children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} delay={400} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="float flex max-w-80 items-center gap-2 px-2 py-1 text-small text-ink-2">
            {label}
            {keys && <Kbd keys={keys} />}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
