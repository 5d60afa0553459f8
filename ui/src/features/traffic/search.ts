/** What the Traffic place keeps in its address. */
export interface TrafficSearch {
  /** The filter, as typed. */
  q?: string;
  /** The id of the selected request. */
  sel?: string;
  /** The open tab of its detail. */
  tab?: string;
}

export function validateTrafficSearch(search: Record<string, unknown>): TrafficSearch {
  const { q, sel, tab } = search;
  return {
    ...(typeof q === "string" && { q }),
    ...(typeof sel === "string" && { sel }),
    ...(typeof tab === "string" && { tab }),
  };
}
