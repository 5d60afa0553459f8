import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { answer, api, events, type GatewayEvent, queryKeys } from "@/api/index.ts";
import { createStore } from "@/store.ts";
import { isOutOfSight, notifySystem } from "@/ui/index.ts";
import { type Notice, noticesBetween, type Watched } from "./notices.ts";
import { preferences } from "./preferences.ts";
import { serviceStatesQuery } from "./serviceStates.ts";
import { useStatus } from "./status.ts";

/** A notice with when it came, in milliseconds since 1970, and how often the like came before it. */
export interface Noticed extends Notice {
  at: number;
  times: number;
  seen: boolean;
}

/** What happened while this page was open, newest first; of each thing the last. */
export const noticed = createStore<readonly Noticed[]>([]);

const MOST = 50;
/** How often it is looked how far quotas are: no event tells each request. */
const QUOTAS_EVERY_MS = 15_000;
/** How often it is looked how soon certificates end. */
const CERTIFICATES_EVERY_MS = 60 * 60_000;

/** Adds notices; one about the same thing takes the place of the one before. */
export function addNotices(added: readonly Notice[], at: number): void {
  if (added.length === 0) return;
  noticed.set((present) => {
    const fresh = added.map((notice) => {
      const before = present.find(({ about }) => about === notice.about);
      return { ...notice, at, times: (before?.times ?? 0) + 1, seen: false };
    });
    const abouts = new Set(added.map(({ about }) => about));
    return [...fresh, ...present.filter(({ about }) => !abouts.has(about))].slice(0, MOST);
  });
}

/** Tells what is urgent by the system, where a person wants that and does not look at the window. */
export function tellSystem(made: readonly Notice[]): void {
  if (!preferences.get().systemNotices || !isOutOfSight()) return;
  for (const { about, title, detail } of made.filter(({ urgent }) => urgent)) {
    notifySystem(title, detail ?? "", about);
  }
}

/** All of them have been looked at. */
export function markSeen(): void {
  noticed.set((present) => present.map((notice) => ({ ...notice, seen: true })));
}

/** Watches what the gateway tells, while the component is on the page. */
export function useNotices(): void {
  const status = useStatus();
  const { data: services } = useQuery(serviceStatesQuery);
  const { data: processes } = useQuery({
    queryKey: [...queryKeys.processes, "all"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/processes", { signal })),
  });
  const { data: quotas } = useQuery({
    queryKey: [...queryKeys.keys, "quotas"],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/keys", { params: { query: { state: "good", limit: 500 } }, signal })),
    refetchInterval: QUOTAS_EVERY_MS,
    select: ({ rows }) =>
      rows.flatMap(({ key: { id, name }, quota }) =>
        quota ? [{ id, name, quota: quota.name, used: quota.used_before, of: quota.requests }] : [],
      ),
  });
  const { data: certificates } = useQuery({
    // Which ones there are is configured.
    queryKey: [...queryKeys.config, "certificates"],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/certificates", { signal })),
    refetchInterval: CERTIFICATES_EVERY_MS,
  });
  const before = useRef<Watched>({
    status: undefined,
    services: undefined,
    processes: undefined,
    quotas: undefined,
    certificates: undefined,
  });
  useEffect(() => {
    const now = { status, services, processes, quotas, certificates };
    const made = noticesBetween(before.current, now);
    addNotices(made, Date.now());
    tellSystem(made);
    // What is asked for anew is not unknown meanwhile.
    before.current = { ...now, certificates: certificates ?? before.current.certificates };
  }, [status, services, processes, quotas, certificates]);

  useEffect(() => {
    const running = new Set<number>();
    return events.listen((event: GatewayEvent) => {
      if (event.type !== "proof_changed") return;
      if (event.running) running.add(event.id);
      // How one ended that began before this page was there is no news.
      else if (running.delete(event.id)) addNotices([proofEnded(event)], Date.now());
    });
  }, []);
}

type ProofChanged = Extract<GatewayEvent, { type: "proof_changed" }>;

function proofEnded({ product, progress: { done, total } }: ProofChanged): Notice {
  return {
    about: `proof ${product}`,
    group: "Exports",
    tone: "neutral",
    title: `The proof for ${product} has ended`,
    detail: `${done} of ${total} requests were compared.`,
    link: { to: "/export", search: { to: product } },
  };
}
