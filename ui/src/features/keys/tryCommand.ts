import type { Route } from "@/api/index.ts";

/** A curl line that calls a route with a key. `url` is the gateway's. */
export function tryCommand(url: string, route: Route | undefined, secret: string): string {
  const { hosts = [], methods = [], path = "/" } = route?.match ?? {};
  const method = methods[0] ?? "GET";
  const parts = [
    "curl -i",
    method === "GET" ? "" : method === "HEAD" ? "--head" : `-X ${method}`,
    hosts[0] ? `-H ${quoted(`Host: ${hosts[0]}`)}` : "",
    `-H ${quoted(`X-API-Key: ${secret}`)}`,
    quoted(`${url}${path}`),
  ];
  return parts.filter((part) => part !== "").join(" ");
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
