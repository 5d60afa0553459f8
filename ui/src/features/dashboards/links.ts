import { exactTerm } from "@/live/filterText.ts";
import type { Span } from "./range.ts";

/** The filter of the Traffic place for what a mark stands for. */
export function filterFor(terms: readonly (string | false | undefined)[], span?: Span): string {
  const words = terms.filter((term): term is string => typeof term === "string" && term !== "");
  if (span) words.push(`since:${moment(span.from)}`, `until:${moment(span.to)}`);
  return words.join(" ");
}

/** A term for requests of this caller, route or the like; without a name, for those that have none. */
export function whose(
  key: "key" | "consumer" | "plan" | "route",
  name: string | undefined | null,
): string {
  return exactly(key, name) ?? `-has:${key}`;
}

/** A term for exactly this value; without one, none. */
export function exactly(key: string, value: string | undefined | null): string | undefined {
  return value ? exactTerm(key, value) : undefined;
}

/** Durations from one to another, in microseconds. */
export function between(fromUs: number, toUs: number): string {
  return `duration:${ms(fromUs)}..${ms(toUs)}`;
}

/** Microseconds in the unit the filter knows. */
function ms(us: number): string {
  return `${us / 1000}ms`;
}

function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
