import { CircleAlert, Info, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "./Button.tsx";
import { cx } from "./cx.ts";

type BannerTone = "info" | "warn" | "err";

interface BannerProps {
  tone: BannerTone;
  /** One line: what is wrong and what to do. */
  children: ReactNode;
  actions?: ReactNode;
  onDismiss?: () => void;
}

const ICONS = { info: Info, warn: TriangleAlert, err: CircleAlert };
const TINTS: Record<BannerTone, string> = {
  info: "bg-info-bg text-info",
  warn: "bg-warn-bg text-warn",
  err: "bg-err-bg text-err",
};

/** A thin line across a view about the state of things. An error interrupts a screen reader. */
export function Banner({ tone, children, actions, onDismiss }: BannerProps) {
  const Icon = ICONS[tone];
  return (
    <div
      role={tone === "err" ? "alert" : "status"}
      className={cx("flex min-h-9 items-center gap-2 px-3 py-1 text-body", TINTS[tone])}
    >
      <Icon size={16} aria-hidden="true" className="shrink-0" />
      <div className="min-w-0 flex-1">{children}</div>
      {actions}
      {onDismiss && (
        <IconButton
          size="sm"
          label="Dismiss"
          icon={<X size={14} />}
          className="text-inherit"
          onClick={onDismiss}
        />
      )}
    </div>
  );
}

interface CoachStripProps {
  /** The next step, as one sentence. */
  children: ReactNode;
  actions: ReactNode;
  onDismiss?: () => void;
}

/** The one hint of the first run: what to do next and the buttons that do it. */
export function CoachStrip({ children, actions, onDismiss }: CoachStripProps) {
  return (
    <aside
      aria-label="Next step"
      className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line-subtle bg-selected px-3 py-1.5 text-body"
    >
      <div className="min-w-0">{children}</div>
      <div className="flex items-center gap-2">{actions}</div>
      {onDismiss && (
        <IconButton
          size="sm"
          label="Dismiss"
          icon={<X size={14} />}
          className="ml-auto"
          onClick={onDismiss}
        />
      )}
    </aside>
  );
}
