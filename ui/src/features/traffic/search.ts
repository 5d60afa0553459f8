/** The tabs of a request's detail, in order. */
export const DETAIL_TABS = [
  "overview",
  "request",
  "response",
  "messages",
  "policy",
  "curl",
  "what-if",
  "diff",
  "replay",
] as const;
export type DetailTab = (typeof DETAIL_TABS)[number];

/** What the Traffic place keeps in its address. */
export interface TrafficSearch {
  /** The filter, as typed. */
  q?: string;
  /** The id of the selected request. */
  sel?: string;
  /** The open tab of its detail; the overview if absent. */
  tab?: DetailTab;
  /** The id of the request that it is compared with. */
  with?: string;
  /** A request made by hand that is asked about, such as "GET /orders"; instead of `sel`. */
  ask?: string;
  /** The name of the view that was opened. */
  view?: string;
  /** How far back the strip over the list goes; 15 minutes if absent. */
  range?: string;
}

export function validateTrafficSearch(search: Record<string, unknown>): TrafficSearch {
  const { q, sel, tab, with: other, ask, range, view } = search;
  return {
    ...(typeof q === "string" && { q }),
    ...(typeof sel === "string" && { sel }),
    ...(isTab(tab) && { tab }),
    ...(typeof ask === "string" && { ask }),
    ...(typeof range === "string" && { range }),
    ...(typeof view === "string" && { view }),
    ...(typeof other === "string" && { with: other }),
  };
}

function isTab(value: unknown): value is DetailTab {
  return DETAIL_TABS.some((tab) => tab === value);
}

/** The tab that is `step` further, all around; that of messages only where there are any. */
export function tabAfter(tab: DetailTab, step: 1 | -1, withMessages: boolean): DetailTab {
  const offered = DETAIL_TABS.filter((item) => item !== "messages" || withMessages);
  const at = offered.indexOf(tab);
  return offered[(at + step + offered.length) % offered.length] ?? tab;
}
