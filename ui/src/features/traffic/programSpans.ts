import { isRunning } from "@/live/exchange.ts";
import type { Detail } from "./queries.ts";
import type { Try } from "./stages.ts";

/** What a program was asked by a request, and when. */
export interface ProgramSpan {
  service: string;
  /** The one instance that was asked; `null` for several, or where there was none to ask. */
  instance: number | null;
  fromUs: number;
  /** `null` while the request runs. */
  toUs: number | null;
}

/** What is written a little before and after belongs to it: lines are seen when they are read. */
const BEFORE_US = 200_000;
const AFTER_US = 500_000;

/** Why there was no instance to ask. */
const NO_INSTANCE = new Set<string | null | undefined>([
  "service_starting",
  "service_stopped",
  "crash_loop",
  "process_not_approved",
]);

/** The programs that the gateway runs and that a request went to, or waited for. */
export function programSpans({ summary, trace, attempts }: Detail): ProgramSpan[] {
  const asked = new Map<string, Set<number>>();
  const ask = (service: string, tries: readonly Try[], anyway = false) => {
    const instances = tries.flatMap(({ instance }) => instance ?? []);
    if (instances.length === 0 && !anyway) return;
    asked.set(service, new Set([...(asked.get(service) ?? []), ...instances]));
  };
  for (const { facts } of trace) {
    if (facts.kind === "forwarded") {
      ask(facts.service, attempts, NO_INSTANCE.has(facts.code) || facts.started_ms != null);
    }
    if (facts.kind !== "aggregated") continue;
    for (const part of facts.parts) {
      ask(
        part.service,
        part.calls.flatMap(({ tries }) => tries),
      );
    }
  }
  const fromUs = summary.started_at_us - BEFORE_US;
  const toUs = isRunning(summary) ? null : summary.started_at_us + summary.duration_us + AFTER_US;
  return [...asked].map(([service, instances]) => {
    const [only, ...others] = instances;
    return { service, instance: others.length === 0 ? (only ?? null) : null, fromUs, toUs };
  });
}
