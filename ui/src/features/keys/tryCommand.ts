import type { Route } from "@/api/index.ts";

/** A curl line that calls a route with a credential's header. `url` is the gateway's. */
export function tryCommand(url: string, route: Route | undefined, credential: string): string {
  const { hosts = [], methods = [], path = "/" } = route?.match ?? {};
  const method = methods[0] ?? "GET";
  const parts = [
    "curl -i",
    method === "GET" ? "" : method === "HEAD" ? "--head" : `-X ${method}`,
    hosts[0] ? `-H ${quoted(`Host: ${hosts[0]}`)}` : "",
    `-H ${quoted(credential)}`,
    quoted(`${url}${path}`),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
