import type { components } from "@/api/index.ts";
import { toast } from "@/ui/index.ts";
import { useRoutes, useSendRequest } from "./queries.ts";

/** A request that some route takes, or just `/` where there is none. */
export function firstRequest(routes: readonly components["schemas"]["Route"][] | undefined) {
  const route = routes?.find(({ enabled }) => enabled !== false);
  return { method: route?.match?.methods[0] ?? "GET", path: route?.match?.path ?? "/" };
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
