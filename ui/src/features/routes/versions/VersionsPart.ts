import type { Config, Version, Versions } from "@/api/index.ts";
import { type components, defaultVersion } from "@/api/index.ts";
import type { FieldIssues } from "@/forms/fieldIssues.ts";
import { even, weightsOf } from "./shares.ts";

/** What each part of the versions' form takes. */
export interface VersionsPartProps {
  versions: Versions;
  onChange: (versions: Versions) => void;
  /** What is wrong, by the path from the versions: `list[0].value`. */
  issues: FieldIssues;
  config: Config;
}

/** What happens to callers who name no version. */
export type Unnamed = "refused" | "default" | "split";

export function unnamedOf({ split, default: one }: Versions): Unnamed {
  if (split !== null) return "split";
  return one === null ? "refused" : "default";
}

/** The versions with another answer to callers who name none. */
export function withUnnamed(versions: Versions, unnamed: Unnamed): Versions {
  const names = versions.list.map(({ name }) => name);
  const first = versions.default ?? names[0] ?? null;
  const cookie = null;
  return {
    ...versions,
    default: unnamed === "default" ? first : null,
    split:
      unnamed === "split"
        ? { sticky: "none", cookie, weights: weightsOf(even(names.length), names) }
        : null,
  };
}

/** The first of the versions, to be added to a route in force that has none yet. */
export function firstToAdd(versions: Versions): components["schemas"]["AddVersion"] {
  const { by, name, place, pattern, strip, list } = versions;
  return { by, name, place, pattern, strip, version: list[0] ?? defaultVersion("v1") };
}

/** With one more version, under a name that is free: `v3` after `v1` and `v2`. */
export function withAnother(versions: Versions): Versions {
  const taken = new Set(versions.list.map(({ name }) => name));
  let number = 1;
  while (taken.has(`v${number}`)) number += 1;
  const name = `v${number}`;
  return {
    ...versions,
    list: [...versions.list, defaultVersion(name)],
    split: versions.split && {
      ...versions.split,
      weights: [...versions.split.weights, { version: name, weight: 0 }],
    },
  };
}

/** With another version in the place of the one at `at`; whoever names that one follows. */
export function withVersion(versions: Versions, at: number, version: Version): Versions {
  const old = versions.list[at]?.name;
  const follow = (name: string | null) => (name === old ? version.name : name);
  return {
    ...versions,
    default: follow(versions.default),
    split: versions.split && {
      ...versions.split,
      weights: versions.split.weights.map((share) => ({
        ...share,
        version: share.version === old ? version.name : share.version,
      })),
    },
    list: versions.list.with(at, version).map((other) => succeededBy(other, follow)),
  };
}

function succeededBy(version: Version, by: (name: string | null) => string | null): Version {
  return { ...version, successor: by(version.successor) };
}

/** Without the version at `at` and what named it. `null` where it was the last. */
export function withoutVersion(versions: Versions, at: number): Versions | null {
  if (versions.list.length === 1) return null;
  const gone = versions.list[at]?.name;
  const weights = versions.split?.weights.filter(({ version }) => version !== gone) ?? [];
  const some = weights.some(({ weight }) => weight > 0);
  return {
    ...versions,
    default: versions.default === gone ? null : versions.default,
    split: versions.split && {
      ...versions.split,
      weights: some ? weights : weights.map(({ version }) => ({ version, weight: 1 })),
    },
    list: versions.list
      .toSpliced(at, 1)
      .map((other) => succeededBy(other, (name) => (name === gone ? null : name))),
  };
}
