import { format } from "@/ui/index.ts";

const toMs = (us: number) => us / 1000;

/** An instant as how long ago or how soon it is; in full when pointed at. */
export function When({ at, never }: { at: number | null | undefined; never: string }) {
  if (at == null) return <span className="text-ink-3">{never}</span>;
  return (
    <time dateTime={new Date(toMs(at)).toISOString()} title={format.dateTime(toMs(at))}>
      {format.relativeTime(toMs(at))}
    </time>
  );
}
