import { Badge, Prose, sentence } from "@/ui/index.ts";
import { When } from "../When.tsx";
import type { IssuerState } from "./queries.ts";

/** Whether an issuer's tokens can be checked at the moment. */
export function IssuerReady({ state }: { state: IssuerState | undefined }) {
  if (!state) return null;
  if (!state.ready) {
    return (
      <Badge tone="err" shape="err">
        no keys
      </Badge>
    );
  }
  return state.error == null ? (
    <Badge tone="ok" shape="ok">
      ready
    </Badge>
  ) : (
    <Badge tone="warn" shape="warn">
      old keys
    </Badge>
  );
}

/** The keys that an issuer's tokens are checked with, as they were last read. */
export function IssuerKeys({ state }: { state: IssuerState }) {
  const { keys, ignored, error, read_at_us } = state;
  return (
    <section aria-label="Its keys now" className="flex flex-col gap-1.5">
      <div className="flex items-center gap-3">
        <h3 className="text-strong">Its keys now</h3>
        <IssuerReady state={state} />
        {read_at_us != null && (
          <span className="text-small text-ink-3">
            read <When at={read_at_us} never="" />
          </span>
        )}
      </div>
      {error != null && (
        <p role="alert" className="text-err">
          <Prose text={sentence(error)} />
        </p>
      )}
      {keys.length > 0 && (
        <ul className="flex flex-col gap-0.5">
          {keys.map(({ id, kind, algorithm }, at) => (
            // A key may have no id, and two may share one.
            // oxlint-disable-next-line react/no-array-index-key
            <li key={at} className="flex gap-3">
              <span className="shrink-0">{kind}</span>
              {algorithm != null && <span className="shrink-0 text-ink-2">{algorithm}</span>}
              {id != null && (
                <code className="truncate font-mono text-code text-ink-3" title={id}>
                  {id}
                </code>
              )}
            </li>
          ))}
        </ul>
      )}
      {ignored.map((why) => (
        <p key={why} className="text-small text-ink-3">
          <Prose text={sentence(why)} />
        </p>
      ))}
    </section>
  );
}
