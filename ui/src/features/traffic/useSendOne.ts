import type { components } from "@/api/index.ts";
import { toast } from "@/ui/index.ts";
import { useRoutes, useSendRequest } from "./queries.ts";

type Route = components["schemas"]["Route"];

/** A request that some route takes, or just `/` where there is none. */
export function firstRequest(routes: readonly Route[] | undefined) {
  const match = routes?.find(isPlain)?.match;
  return { method: match?.methods[0] ?? "GET", path: match?.path ?? "/" };
}

/** Whether a route takes its own path as it is written, whoever asks. */
function isPlain({ enabled, match }: Route): boolean {
  if (enabled === false) return false;
  const { path_kind = "prefix", hosts = [], headers = [], query = [] } = match ?? {};
  const literal = path_kind === "prefix" || path_kind === "exact";
  return literal && hosts.length === 0 && headers.length === 0 && query.length === 0;
}

/** Sending one request through the gateway, to see it arrive; and how to do the same by hand. */
export function useSendOne(url: string) {
  const request = firstRequest(useRoutes());
  const sending = useSendRequest();
  const option = request.method === "GET" ? "" : `-X ${request.method} `;
  return {
    curl: `curl ${option}${url}${request.path}`,
    busy: sending.isPending,
    send: () =>
      sending.mutate(request, {
        onError: (error) =>
          toast({ tone: "err", title: "Nothing was sent", detail: error.message }),
      }),
  };
}
