import type { components } from "@/api/index.ts";
import type { Tone } from "@/ui/index.ts";
import { format } from "@/ui/index.ts";
import { type ServiceState, trouble } from "./serviceStates.ts";
import type { Status } from "./status.ts";

type Schemas = components["schemas"];

/** Something that happened and that a person may want to know of later. */
export interface Notice {
  /** What it is about: the next one about the same takes its place. */
  about: string;
  group: "Gateway" | "Services" | "Keys" | "Certificates" | "Exports";
  tone: Tone;
  title: string;
  detail?: string | undefined;
  /** Whether it is told by the system too, where a person wants that. */
  urgent?: true;
  link: { to: "/traffic" | "/routes" | "/keys" | "/settings" | "/export"; search: Link };
}
type Link = Record<string, string>;

/** How a key stands under the quota that it has used most of. */
export interface KeyQuota {
  id: string;
  name: string;
  /** Name of the quota. */
  quota: string;
  used: number;
  of: number;
}

/** What notices are made of. */
export interface Watched {
  status: Status | undefined;
  services: readonly ServiceState[] | undefined;
  processes: readonly Pick<Schemas["ProcessState"], "service" | "status" | "message">[] | undefined;
  quotas: readonly KeyQuota[] | undefined;
  certificates: readonly Schemas["Certificate"][] | undefined;
}

/** From these shares of a quota on a person is told. */
const STEPS = [1, 0.8] as const;

/**
 * What happened between two looks. What was not known before did not happen just now; but a certificate
 * that ends is told whenever it is seen first.
 */
export function noticesBetween(before: Watched, now: Watched): Notice[] {
  return [
    ...ofGateway(before.status, now.status),
    ...ofServices(before.services, now.services),
    ...ofProcesses(before.processes, now.processes),
    ...ofQuotas(before.quotas, now.quotas),
    ...ofCertificates(before.certificates, now.certificates),
  ];
}

function ofGateway(before: Status | undefined, now: Status | undefined): Notice[] {
  if (!before || !now) return [];
  const made: Notice[] = [];
  const add = (about: string, tone: Tone, title: string, more: Partial<Notice> = {}) =>
    made.push({
      about: `gateway ${about}`,
      group: "Gateway",
      tone,
      title,
      link: { to: "/settings", search: {} },
      ...more,
    });
  const [was, is] = [before.gateway, now.gateway];
  if (was.state !== "failed" && is.state === "failed") {
    add("state", "err", "The gateway does not run", { detail: is.message });
  } else if (was.state === "failed" && is.state === "running") {
    add("state", "ok", "The gateway runs again", { detail: is.address });
  }
  if (before.url !== now.url) {
    add("address", "neutral", `The gateway is at ${now.url}`, { detail: `Before: ${before.url}` });
  }
  if (before.https.state !== "failed" && now.https.state === "failed") {
    add("https", "warn", "There is no HTTPS");
  }
  const traffic = { link: { to: "/traffic", search: {} } } as const;
  const [had, has] = [before.recorder.degraded ?? null, now.recorder.degraded ?? null];
  if (had === null && has !== null) {
    add("recording", "warn", "Requests are not written to the log", {
      detail: has,
      urgent: true,
      ...traffic,
    });
  } else if (had !== null && has === null) {
    add("recording", "ok", "Requests are written to the log again", traffic);
  }
  const lost = now.recorder.dropped - before.recorder.dropped;
  if (lost > 0 && before.recorder.dropped === 0) {
    add("dropped", "warn", `${format.plural(lost, "request")} found no room in the log`, traffic);
  }
  return made;
}

function ofServices(
  before: Watched["services"],
  now: readonly ServiceState[] | undefined,
): Notice[] {
  if (!before || !now) return [];
  return now.flatMap((state): Notice[] => {
    const { service } = state;
    const known = before.find((one) => one.service === service);
    if (!known) return [];
    const [was, is] = [trouble(known), trouble(state)];
    if (was?.tone === is?.tone) return [];
    const common = { about: `service ${service}`, group: "Services" } as const;
    if (is === null) {
      const link = { to: "/routes", search: { sel: `service:${service}` } } as const;
      return [{ ...common, tone: "ok", title: `${service} is well again`, link }];
    }
    // What failed of it is what one wants to see.
    const link = { to: "/traffic", search: { q: `service:${service} is:error` } } as const;
    const urgent = is.tone === "err" && ({ urgent: true } as const);
    return [{ ...common, ...urgent, tone: is.tone, title: `${service}: ${is.word}`, link }];
  });
}

function ofProcesses(before: Watched["processes"], now: Watched["processes"]): Notice[] {
  if (!before || !now) return [];
  return now.flatMap(({ service, status, message }): Notice[] => {
    const was = before.find((one) => one.service === service)?.status;
    const common = {
      about: `process ${service}`,
      group: "Services",
      link: { to: "/routes", search: { sel: `service:${service}` } },
    } as const;
    if (was !== undefined && was !== "crash_loop" && status === "crash_loop") {
      const title = `${service} ends by itself again and again`;
      return [{ ...common, tone: "err", title, detail: message }];
    }
    if (was === "crash_loop" && status === "ready") {
      return [{ ...common, tone: "ok", title: `${service} runs again` }];
    }
    return [];
  });
}

function ofQuotas(before: Watched["quotas"], now: Watched["quotas"]): Notice[] {
  if (!before || !now) return [];
  return now.flatMap((key): Notice[] => {
    const step = stepOf(key);
    const known = before.find(({ id }) => id === key.id);
    if (step === null || (known && (stepOf(known) ?? 0) >= step)) return [];
    return [
      {
        about: `quota ${key.id}`,
        group: "Keys",
        ...(step === 1 && { urgent: true }),
        tone: step === 1 ? "limit" : "warn",
        title:
          step === 1
            ? `${key.name} has used up its quota`
            : `${key.name} has used 80 % of its quota`,
        detail: `${format.count(key.used)} of ${format.count(key.of)}: ${key.quota}`,
        link: { to: "/keys", search: { sel: key.id } },
      },
    ];
  });
}

function stepOf({ used, of }: KeyQuota): number | null {
  const share = used / Math.max(of, 1);
  return STEPS.find((step) => share >= step) ?? null;
}

function ofCertificates(before: Watched["certificates"], now: Watched["certificates"]): Notice[] {
  return (now ?? []).flatMap((certificate): Notice[] => {
    const { name, path, purpose, not_after_us, state, advice } = certificate;
    const known = before?.find((one) => one.path === path && one.name === name)?.state;
    if (known === state || (state === "good" && known === undefined)) return [];
    const [service] = purpose.kind === "services" ? purpose.services : [];
    const called = name ?? path;
    const end = not_after_us == null ? "" : format.fullDay(not_after_us / 1000);
    const title = {
      good: `Certificate ${called} is good until ${end}`,
      ends_soon: `Certificate ${called} ends on ${end}`,
      ended: `Certificate ${called} ended on ${end}`,
      unreadable: `Certificates of ${service ?? "the gateway"} cannot be read`,
    }[state];
    return [
      {
        about: `certificate ${path} ${name ?? ""}`,
        group: "Certificates",
        tone: state === "good" ? "ok" : state === "ends_soon" ? "warn" : "err",
        title,
        detail: advice ?? undefined,
        link:
          service === undefined
            ? { to: "/settings", search: {} }
            : { to: "/routes", search: { sel: `service:${service}` } },
      },
    ];
  });
}
