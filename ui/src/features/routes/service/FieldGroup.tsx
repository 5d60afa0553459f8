import type { ReactNode } from "react";

/** Fields that belong to one switch, in as many columns as fit. */
export function FieldGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className="border-l-2 border-line pl-3">
      <legend className="sr-only">{label}</legend>
      <FieldGrid>{children}</FieldGrid>
    </fieldset>
  );
}

/** Fields side by side, in as many columns as fit. */
export function FieldGrid({ children }: { children: ReactNode }) {
  return (
    <div className="grid grid-cols-[repeat(auto-fill,minmax(190px,1fr))] items-start gap-x-4 gap-y-3">
      {children}
    </div>
  );
}
