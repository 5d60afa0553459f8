import { keyCaps } from "./keys.ts";

/** Keys as caps: `<Kbd keys="Mod+K" />`, `<Kbd keys="G T" />`. */
export function Kbd({ keys }: { keys: string }) {
  return (
    <kbd className="inline-flex gap-0.5">
      {keyCaps(keys).map((cap, at) => (
        <span
          // oxlint-disable-next-line react/no-array-index-key -- a cap has no identity but its place
          key={`${at}${cap}`}
          className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-tag border border-line-subtle bg-canvas px-1 font-sans text-code-small text-ink-3"
        >
          {cap}
        </span>
      ))}
    </kbd>
  );
}
