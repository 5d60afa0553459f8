import type { ComponentPropsWithRef, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Kbd } from "./Kbd.tsx";
import { ariaKeys } from "./keys.ts";
import { Spinner } from "./Spinner.tsx";
import { Tooltip } from "./Tooltip.tsx";

type Variant = "primary" | "secondary" | "ghost" | "danger";

export interface ButtonProps extends Omit<ComponentPropsWithRef<"button">, "disabled"> {
  /** Primary for the one thing a view is for; secondary otherwise; ghost inside toolbars. */
  variant?: Variant;
  size?: "md" | "sm";
  icon?: ReactNode;
  /** Keys that do the same, shown after the text. */
  keys?: string | undefined;
  /** Work is under way: shows a spinner, takes no second press. */
  busy?: boolean;
  /**
   * Why it cannot be pressed now. The button stays focusable and says the reason, to the eye and
   * to a screen reader; there is no way to disable one without a reason.
   */
  disabledReason?: string | undefined;
}

const VARIANTS: Record<Variant, string> = {
  primary: "border-transparent bg-accent text-on-accent hover:bg-accent-hover",
  secondary: "border-line bg-surface text-ink hover:bg-hover hover:border-line-control",
  ghost: "border-transparent bg-transparent text-ink-2 hover:bg-hover hover:text-ink",
  danger: "border-line bg-surface text-err hover:bg-err-bg hover:border-err",
};

const PRESSED = "border-transparent bg-selected text-accent-ink";
const BLOCKED = "border-line-subtle bg-transparent text-disabled";

/** The reason, for a screen reader; the eye gets it as a tooltip. */
function describe(reason: string | undefined) {
  return reason === undefined ? {} : { "aria-description": reason };
}

/** A button. `type` is "button" unless said otherwise. */
export function Button({
  variant = "secondary",
  size = "md",
  icon,
  keys,
  busy = false,
  disabledReason,
  onClick,
  className,
  children,
  ...rest
}: ButtonProps) {
  const blocked = busy || disabledReason !== undefined;
  const button = (
    <button
      type="button"
      {...rest}
      aria-disabled={blocked || undefined}
      aria-busy={busy || undefined}
      {...describe(disabledReason)}
      aria-keyshortcuts={keys && ariaKeys(keys)}
      onClick={(event) => {
        if (blocked) event.preventDefault();
        else onClick?.(event);
      }}
      className={cx(
        "inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control border text-body font-medium whitespace-nowrap select-none",
        size === "md" ? "h-(--control) px-3" : "h-6 px-2 text-small",
        disabledReason === undefined ? VARIANTS[variant] : BLOCKED,
        className,
      )}
    >
      {busy ? <Spinner /> : icon}
      {children}
      {keys && <Kbd keys={keys} />}
    </button>
  );
  return disabledReason === undefined ? button : <Tooltip label={disabledReason}>{button}</Tooltip>;
}

export interface IconButtonProps extends Omit<ButtonProps, "icon" | "children" | "keys"> {
  /** What it does: its accessible name and its tooltip. */
  label: string;
  icon: ReactNode;
  keys?: string | undefined;
  /** For a button that switches something on: its present state. */
  pressed?: boolean | undefined;
  tooltipSide?: "top" | "right" | "bottom" | "left";
}

/** A square button with an icon only. Never smaller than 24 by 24 pixels. */
export function IconButton({
  label,
  icon,
  keys,
  pressed,
  variant = "ghost",
  size = "md",
  tooltipSide = "bottom",
  disabledReason,
  busy = false,
  onClick,
  className,
  ...rest
}: IconButtonProps) {
  const blocked = busy || disabledReason !== undefined;
  return (
    <Tooltip label={disabledReason ?? label} keys={keys} side={tooltipSide}>
      <button
        type="button"
        {...rest}
        aria-label={label}
        aria-pressed={pressed}
        aria-disabled={blocked || undefined}
        aria-busy={busy || undefined}
        {...describe(disabledReason)}
        aria-keyshortcuts={keys && ariaKeys(keys)}
        onClick={(event) => {
          if (blocked) event.preventDefault();
          else onClick?.(event);
        }}
        className={cx(
          "inline-flex shrink-0 items-center justify-center rounded-control border select-none",
          size === "md" ? "size-(--control)" : "size-6",
          disabledReason !== undefined ? BLOCKED : pressed ? PRESSED : VARIANTS[variant],
          className,
        )}
      >
        {busy ? <Spinner /> : icon}
      </button>
    </Tooltip>
  );
}
