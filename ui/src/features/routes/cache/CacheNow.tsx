import { Trash2 } from "lucide-react";
import { countsText, useCacheState, usePurge } from "@/app/cacheState.ts";
import { Button, format } from "@/ui/index.ts";

/** What is kept of a route's answers at the moment, and a button that throws it away. */
export function CacheNow({ route }: { route: string }) {
  const { data } = useCacheState();
  const purge = usePurge();
  const own = data?.routes.find((other) => other.route === route);
  if (!own) return null;
  return (
    <section aria-label="Kept now" className="flex flex-wrap items-center gap-x-4 gap-y-2">
      <p className="min-w-0 flex-1 basis-64 text-body text-ink-2">
        {own.answers === 0
          ? "Nothing is kept at the moment. "
          : `${format.plural(own.answers, "answer")} kept, ${format.bytes(own.bytes)}. `}
        {countsText(own.counts)}
      </p>
      <Button
        size="sm"
        icon={<Trash2 size={14} aria-hidden="true" />}
        disabledReason={own.answers === 0 ? "Nothing is kept." : undefined}
        onClick={() => purge.mutate({ kind: "route", route })}
      >
        Throw them away
      </Button>
    </section>
  );
}
