import type { Config } from "@/api/index.ts";
import type { SavedTest, SavedTestResult } from "./queries.ts";

/** "14 saved tests: 14 pass", or how many do not; without results only how many there are. */
export function countText(count: number, results: readonly SavedTestResult[] | undefined): string {
  if (count === 0) return "none";
  const all = count === 1 ? "1 saved test" : `${count} saved tests`;
  if (results === undefined || results.length !== count) return all;
  const failing = results.filter(({ outcome }) => outcome !== "passes").length;
  if (failing === 0) return `${all}: ${count === 1 ? "passes" : `${count} pass`}`;
  return count === 1 ? `${all}: fails` : `${all}: ${count - failing} pass, ${failing} fail`;
}

/** The results of the tests of one route; of those of no route for `null`. */
export function resultsOf(
  results: readonly SavedTestResult[] | undefined,
  route: string | null,
): readonly SavedTestResult[] | undefined {
  return results?.filter((result) => (result.route ?? null) === route);
}

/** What a request has beside its first line: "on `shop.localhost`, with `x-beta: 1`"; empty if nothing. */
export function besidesText({ host, headers }: SavedTest): string {
  return [
    ...(host == null ? [] : [`on \`${host}\``]),
    ...(headers ?? []).map(({ name, value }) => `with \`${name}: ${value}\``),
  ].join(", ");
}

/** Whether two tests say the same. */
export function sameTest(one: SavedTest, other: SavedTest): boolean {
  return keyOf(one) === keyOf(other);
}

/** What tells a test from others of its route. */
export function keyOf({ request, host, headers, version }: SavedTest): string {
  return JSON.stringify([
    request,
    host ?? null,
    (headers ?? []).map(({ name, value }) => [name, value]),
    version ?? null,
  ]);
}

/** How an address names a test: its route and its place there. Names never hold a colon. */
export const addressOf = (route: string | null, at: number) => `${route ?? ""}:${at}`;

/** The test that an address names, if it is there. */
export function testAt(config: Config, address: string): SavedTest | undefined {
  const [name, at] = address.split(":");
  const tests =
    name === "" ? config.no_route_tests : config.routes.find((route) => route.name === name)?.tests;
  return tests?.[Number(at)];
}

/** The tester's line for a test: "GET http://shop.localhost/orders". */
export function lineOfTest({ request, host }: SavedTest): string {
  const [method = "GET", target = "/"] = request.split(" ");
  return `${method} ${host == null ? "" : `http://${host}`}${target}`;
}
