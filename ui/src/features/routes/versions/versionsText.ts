import type { Version, Versions } from "@/api/index.ts";
import { changesText } from "../headers/headerText.ts";
import { limitsText } from "@/forms/limits/limitText.ts";
import { sharesOf } from "./shares.ts";

/** What a scheme's name is where it has none of its own. */
export const USUAL_NAMES = {
  header: "X-API-Version",
  query: "version",
  accept: "version",
} as const;

/** "header `X-API-Version`" */
export function schemeText({ by, name, place }: Versions): string {
  switch (by) {
    case "path":
      return place === "first" ? "the first segment of the path" : "the segment after the prefix";
    case "header":
      return `header \`${name ?? USUAL_NAMES.header}\``;
    case "query":
      return `query \`${name ?? USUAL_NAMES.query}\``;
    case "accept":
      return `\`Accept\` parameter \`${name ?? USUAL_NAMES.accept}\``;
    case "host":
      return "host";
  }
}

/** "v1 90 %, v2 10 %", or "v1 (default), v2". */
export function namesText({ list, split, default: unnamed }: Versions): string {
  const names = list.map(({ name }) => name);
  const shares = split && sharesOf(split.weights, names);
  const said = names.map((name, at) => {
    if (shares) return `${name} ${shares[at] ?? 0} %`;
    return name === unnamed ? `${name} (default)` : name;
  });
  return said.join(", ");
}

/** "v1 90 %, v2 10 % by header `X-API-Version`", or "none". */
export function versionsText(versions: Versions | null): string {
  return versions === null ? "none" : `${namesText(versions)} by ${schemeText(versions)}`;
}

/** Where a version stands in its life. */
export function stateOf(
  { deprecated_at, sunset_at }: Pick<Version, "deprecated_at" | "sunset_at">,
  now = Date.now(),
): "current" | "deprecated" | "stopped" {
  const past = (instant: string | null) => instant !== null && Date.parse(instant) <= now;
  if (past(sunset_at)) return "stopped";
  return past(deprecated_at) ? "deprecated" : "current";
}

/** "deprecated from 2026-12-01, stops on 2027-06-01 with 410, then `v2`"; empty where nothing is said. */
export function lifecycleText(version: Version): string {
  const { deprecated_at, sunset_at, enforce_sunset, successor } = version;
  const parts = [
    deprecated_at !== null && `deprecated from ${deprecated_at.slice(0, 10)}`,
    sunset_at !== null && `stops on ${sunset_at.slice(0, 10)}${enforce_sunset ? " with 410" : ""}`,
    successor !== null && `then \`${successor}\``,
  ];
  return parts.filter(Boolean).join(", ");
}

/** What is different about a version, in a line. */
export function versionText(version: Version): string {
  const { value, service, rewrite, rate_limits } = version;
  const changes = changesText(version);
  const parts = [
    value !== null && `written \`${value}\``,
    service !== null && `to ${service}`,
    rewrite !== null && `as \`${rewrite}\``,
    lifecycleText(version),
    rate_limits.length > 0 && limitsText(version),
    changes !== "nothing" && changes,
  ];
  return parts.filter(Boolean).join(", ") || "as the route says";
}
