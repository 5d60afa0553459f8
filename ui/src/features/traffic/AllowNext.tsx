import { DoorOpen } from "lucide-react";
import { type NewFault, useFaults, useFaultSwitch } from "@/app/faults.ts";
import { Button, toast } from "@/ui/index.ts";
import type { Detail } from "./queries.ts";
import { limitsToPass } from "./refusedBy.ts";

/** How long it waits for its request, in seconds. */
const WAITS_S = 300;

/**
 * Lets the next request like one that limits stopped pass them, once: of the same key or caller, on the
 * same route. No counter changes.
 */
export function AllowNext({ detail }: { detail: Detail }) {
  const { route, key } = detail.summary;
  const { begin, end } = useFaultSwitch();
  const faults = useFaults();
  const past = limitsToPass(detail);
  const pass: NewFault = {
    effect: { kind: "let_through", past },
    route: route ?? null,
    version: null,
    key: key?.id ?? null,
    share_percent: 100,
    for_seconds: WAITS_S,
    times: 1,
  };
  const waiting = faults.some(
    ({ effect, ...one }) =>
      one.route === pass.route &&
      one.key === pass.key &&
      JSON.stringify(effect) === JSON.stringify(pass.effect),
  );
  if (past.length === 0 || route == null) return null;
  const names = past.map(({ name }) => name).join(" and ");
  const allow = () =>
    begin.mutate(pass, {
      onSuccess: ({ id }) =>
        toast({
          tone: "ok",
          title: `The next request of ${route}${key ? ` with key ${key.name}` : ""} may pass ${names}`,
          detail: "Once, within 5 minutes. No counter is changed.",
          action: { label: "Undo", run: () => end.mutate(id) },
        }),
      onError: ({ message }) =>
        toast({ tone: "err", title: "Nobody is let through", detail: message }),
    });
  return (
    <Button
      size="sm"
      busy={begin.isPending}
      disabledReason={waiting ? "The next one is let through already." : undefined}
      icon={<DoorOpen size={12} aria-hidden="true" />}
      onClick={allow}
    >
      Allow next one
    </Button>
  );
}
