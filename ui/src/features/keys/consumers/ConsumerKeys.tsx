import { Link } from "@tanstack/react-router";
import { Spinner } from "@/ui/index.ts";
import { KeyStatus } from "../KeyStatus.tsx";
import { useKeys } from "../queries.ts";
import { When } from "../When.tsx";

/** The keys of a consumer, and the way to one more. */
export function ConsumerKeys({ consumer }: { consumer: string }) {
  const keys = useKeys({ consumer }).data?.rows;
  return (
    <section aria-label="Its keys" className="flex flex-col gap-1 border-t border-line-subtle pt-3">
      <div className="flex items-baseline justify-between gap-3">
        <h3 className="text-strong">Its keys</h3>
        <Link to="/keys" search={{ sel: ":new", consumer }}>
          Issue key…
        </Link>
      </div>
      {!keys ? (
        <Spinner />
      ) : keys.length === 0 ? (
        <p className="text-ink-2">None.</p>
      ) : (
        <ul className="flex flex-col">
          {keys.map(({ key, usage }) => (
            <li
              key={key.id}
              className="grid min-h-7 grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-3"
            >
              <Link to="/keys" search={{ sel: key.id }} className="truncate">
                {key.name}
              </Link>
              <span className="text-small text-ink-3">
                used <When at={usage?.last_used_at_us} never="never" />
              </span>
              <KeyStatus apiKey={key} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
