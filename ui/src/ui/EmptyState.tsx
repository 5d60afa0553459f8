import type { ReactNode } from "react";

interface EmptyStateProps {
  icon?: ReactNode;
  /** What will appear here, or why nothing does. */
  title: string;
  /** One or two sentences that teach. */
  children?: ReactNode;
  /** One action, perhaps a second. */
  actions?: ReactNode;
}

/** What a list says while it is empty. */
export function EmptyState({ icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className="flex h-full flex-col items-center justify-center gap-1 p-8 text-center">
      {icon && <div className="mb-2 text-ink-3">{icon}</div>}
      <h2 className="text-heading">{title}</h2>
      {children && <div className="max-w-[52ch] text-body text-ink-2">{children}</div>}
      {actions && <div className="mt-3 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  );
}
