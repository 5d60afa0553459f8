import type { RevisionInfo } from "./queries.ts";

/** Who made a change, as a person would say it. */
export const ACTORS: Record<RevisionInfo["actor"], string> = {
  ui: "here",
  api: "admin API",
  file: "configuration file",
  import: "import",
  restore: "restore",
  system: "Gatewright",
};
