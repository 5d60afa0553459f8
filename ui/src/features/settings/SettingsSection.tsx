import type { ReactNode } from "react";

/** A group of settings under a heading. */
export function SettingsSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="flex flex-col gap-4 border-b border-line-subtle px-6 py-5">
      <h2 className="text-heading">{title}</h2>
      {children}
    </section>
  );
}
