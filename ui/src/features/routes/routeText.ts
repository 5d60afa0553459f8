import type { Route, Service } from "@/api/index.ts";
import { cacheText } from "./cache/cacheText.ts";
import { callersText } from "./callers/callersText.ts";
import { changesText, editsText } from "./headers/headerText.ts";
import { limitsText } from "@/forms/limits/limitText.ts";
import { matchText } from "./matching/matchText.ts";
import { sendToText } from "./sending/sendText.ts";
import { versionsText } from "./versions/versionsText.ts";

/** The whole route as a sentence. */
export function routeText(route: Route, service: Service | undefined): string {
  const changes = editsText(route.request_headers) || editsText(route.response_headers);
  const parts = [
    `${matchText(route.match)} → ${sendToText(route, service)}`,
    route.service !== null && route.mock?.enabled && "a mock answers first",
    route.versions && `versions ${versionsText(route.versions)}`,
    callersText(route),
    limitsText(route),
    route.cache?.enabled && cacheText(route),
    changes && changesText(route),
  ];
  return parts.filter(Boolean).join(", ");
}
