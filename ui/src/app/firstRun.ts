import type { QueryClient } from "@tanstack/react-query";
import { configQuery } from "@/api/index.ts";
import { statusQuery } from "./status.ts";

/** Whether nothing was ever set up: no route, and no request in the log. */
export async function isFirstRun(client: QueryClient): Promise<boolean> {
  try {
    const [status, { config }] = await Promise.all([
      client.ensureQueryData(statusQuery),
      client.fetchQuery(configQuery),
    ]);
    return config.routes.length === 0 && (status.log?.rows ?? 0) === 0;
  } catch {
    // What cannot be asked is not known to be new: the place itself says what is wrong.
    return false;
  }
}
