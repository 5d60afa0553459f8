import type { QueryClient } from "@tanstack/react-query";
import { configQuery } from "@/api/index.ts";
import { statusQuery } from "./status.ts";

/** Whether there is nothing to work with yet: neither a route nor a service. */
export async function isNothingSetUp(client: QueryClient): Promise<boolean> {
  // What cannot be asked is not known to be new: the place itself says what is wrong.
  const inForce = await client.fetchQuery(configQuery).catch(() => null);
  return inForce?.config.routes.length === 0 && inForce.config.services.length === 0;
}

/** Whether the log would only show that nothing was ever set up: no route, and no request. */
export async function isNothingToShow(client: QueryClient): Promise<boolean> {
  if (!(await isNothingSetUp(client))) return false;
  const status = await client.fetchQuery(statusQuery).catch(() => null);
  return status?.log?.rows === 0;
}
