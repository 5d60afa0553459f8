import type { Service } from "@/api/index.ts";
import type { BreakerState, CheckResult, StateLook, TargetState } from "@/app/serviceStates.ts";
import { format, sentence } from "@/ui/index.ts";

const TARGET_LOOKS: Record<TargetState["health"], StateLook> = {
  healthy: { word: "Healthy", tone: "ok", shape: "ok" },
  unhealthy: { word: "Unhealthy", tone: "err", shape: "err" },
  ejected: { word: "Left out", tone: "err", shape: "err" },
  probing: { word: "On trial", tone: "warn", shape: "starting" },
};

const UNCHECKED: StateLook = { word: "Not checked", tone: "neutral", shape: "stopped" };

/** How a target stands. Where nobody finds out whether it is well, it is not called healthy. */
export function targetLook(target: TargetState, health: Service["health"]): StateLook {
  const known = health.passive != null || target.last_check != null;
  return target.health === "healthy" && !known ? UNCHECKED : TARGET_LOOKS[target.health];
}

export const BREAKER_LOOKS: Record<BreakerState["status"], StateLook> = {
  closed: { word: "Closed", tone: "ok", shape: "ok" },
  open: { word: "Open", tone: "err", shape: "err" },
  half_open: { word: "Half open", tone: "warn", shape: "starting" },
};

/** Why a target is as it is, and what its last check said; `now` in milliseconds. */
export function targetLines(target: TargetState, now: number): string[] {
  const { reason, ejected_until_us: until, last_check: check } = target;
  return [
    reason == null ? "" : sentence(reason),
    until == null ? "" : `Left out until ${format.time(until / 1000)}, ${soon(until / 1000, now)}.`,
    check == null ? "" : checkLine(check, now),
  ].filter((line) => line !== "");
}

function checkLine(check: CheckResult, now: number): string {
  const when = `Checked ${format.relativeTime(Math.min(check.at_us / 1000, now), now)}`;
  const took = format.duration(check.took_us / 1000);
  if (check.error != null) return `${when}: ${sentence(check.error)}`;
  const what = check.status == null ? "connected" : `answered ${check.status}`;
  return `${when}: ${what} in ${took}.`;
}

/** What the breaker does, and by which numbers. */
export function breakerLine(
  { status, requests, failures, open_until_us }: BreakerState,
  settings: NonNullable<Service["breaker"]>,
  now: number,
): string {
  const probes = format.plural(settings.half_open_requests, "request");
  switch (status) {
    case "open": {
      const at = (open_until_us ?? 0) / 1000;
      return `Requests are answered 503. Lets ${probes} through ${soon(at, now)}.`;
    }
    case "half_open":
      return `Lets ${probes} through: closes if all succeed, else opens again.`;
    case "closed": {
      const window = format.duration(settings.window_ms);
      const counted =
        requests === 0
          ? `No request in the last ${window}`
          : `${format.count(failures)} of ${format.plural(requests, "request")} failed in the last ${window}`;
      return `${counted}; opens at ${settings.failure_percent} % of ${format.count(settings.min_requests)} or more.`;
    }
  }
}

function soon(at: number, now: number): string {
  return `in ${format.duration(Math.ceil(Math.max(at - now, 0) / 1000) * 1000)}`;
}
