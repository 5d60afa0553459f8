import { useState } from "react";
import type { Route } from "@/api/index.ts";
import { ForceNext } from "@/app/ForceNext.tsx";
import { faultText, type NewFault, useFaults, useFaultSwitch } from "@/app/faults.ts";
import { Banner, Button, format, Prose } from "@/ui/index.ts";
import { NewFaultFields } from "./NewFaultFields.tsx";

/** What goes wrong on purpose on a route: switched on here, at once, and for a while. */
export function FaultsSection({ route }: { route: Route }) {
  const faults = useFaults().filter((fault) => fault.route == null || fault.route === route.name);
  const { begin, end } = useFaultSwitch();
  const [draft, setDraft] = useState<NewFault | null>(null);
  return (
    <>
      {faults.length === 0 && (
        <p className="text-body text-ink-2">
          None is on. A fault makes answers late, wrong or broken, to see what callers do. It is no
          part of the configuration and ends by itself.
        </p>
      )}
      {faults.length > 0 && (
        <ul aria-label="Faults that are on" className="flex flex-col gap-1">
          {faults.map((fault) => (
            <li key={fault.id} className="flex flex-wrap items-center gap-2">
              <span className="min-w-0 flex-1">
                <Prose text={faultText(fault)} />
                <span className="text-ink-3">
                  {" "}
                  until {format.time(fault.ends_at_us / 1000)}
                  {fault.times == null &&
                    `; struck ${format.count(fault.struck)} of ${format.count(fault.seen)}`}
                </span>
              </span>
              <Button size="sm" onClick={() => end.mutate(fault.id)}>
                Switch off
              </Button>
            </li>
          ))}
        </ul>
      )}
      {draft === null ? (
        <div className="flex flex-wrap gap-2">
          <Button
            size="sm"
            onClick={() =>
              setDraft({
                effect: { kind: "error", status: 503 },
                route: route.name,
                version: null,
                key: null,
                share_percent: 20,
                for_seconds: 600,
              })
            }
          >
            Break it on purpose
          </Button>
          <ForceNext whose={{ route: route.name }} />
        </div>
      ) : (
        <NewFaultFields
          fault={draft}
          onChange={setDraft}
          versions={route.versions?.list.map(({ name }) => name) ?? []}
          busy={begin.isPending}
          onCancel={() => setDraft(null)}
          onSubmit={() => begin.mutate(draft, { onSuccess: () => setDraft(null) })}
        />
      )}
      {begin.error && (
        <Banner tone="err" onDismiss={() => begin.reset()}>
          <Prose text={begin.error.message} />
        </Banner>
      )}
    </>
  );
}
