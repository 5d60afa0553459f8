/** What the Dashboards place keeps in its address. */
export interface DashboardsSearch {
  /** The last so long: `5m`, `24h`. */
  range?: string;
  /** Instead of a range: from when and until when, seconds since 1970. */
  from?: number;
  to?: number;
  /** Only requests with this API key, by id. */
  key?: string;
  /** Only requests of this consumer, by name. */
  consumer?: string;
  /** Only requests under this plan. */
  plan?: string;
  /** Only requests of this route. */
  route?: string;
  /** Only requests of this version of a route. */
  version?: string;
  /** Whether what the window itself sent counts too. */
  replays?: "yes";
}

export function validateDashboardsSearch(search: Record<string, unknown>): DashboardsSearch {
  const { range, key, consumer, plan, route, version, replays } = search;
  const from = seconds(search["from"]);
  const to = seconds(search["to"]);
  return {
    ...(typeof range === "string" && { range }),
    ...(from !== undefined && to !== undefined && { from, to }),
    ...(typeof key === "string" && { key }),
    ...(typeof consumer === "string" && { consumer }),
    ...(typeof plan === "string" && { plan }),
    ...(typeof version === "string" && { version }),
    ...(typeof route === "string" && { route }),
    ...(replays === "yes" && { replays }),
  };
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === "number" ? value : Number(value ?? Number.NaN);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** The same without saying when. */
export function withoutRange(search: DashboardsSearch): DashboardsSearch {
  return without(search, "range", "from", "to");
}

export function without(
  search: DashboardsSearch,
  ...names: (keyof DashboardsSearch)[]
): DashboardsSearch {
  const rest = { ...search };
  for (const name of names) delete rest[name];
  return rest;
}
