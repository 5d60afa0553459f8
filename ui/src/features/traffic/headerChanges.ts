import type { components } from "@/api/index.ts";

export type HeaderLine = components["schemas"]["HeaderLine"];

/** What happened to one header on its way through the gateway. */
export type HeaderChange =
  | { kind: "added"; name: string; value: string }
  | { kind: "removed"; name: string; value: string }
  | { kind: "changed"; name: string; before: string; value: string };

/**
 * How `after` differs from `before`, by name in the order they appear. Headers of one name belong
 * together (RFC 9110, section 5.3), so they are compared together.
 */
export function headerChanges(
  before: readonly HeaderLine[],
  after: readonly HeaderLine[],
): HeaderChange[] {
  const [old, now] = [byName(before), byName(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].flatMap((name): HeaderChange[] => {
    const [was, is] = [old.get(name), now.get(name)];
    if (was === undefined) return is === undefined ? [] : [{ kind: "added", name, value: is }];
    if (is === undefined) return [{ kind: "removed", name, value: was }];
    return was === is ? [] : [{ kind: "changed", name, before: was, value: is }];
  });
}

function byName(lines: readonly HeaderLine[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, value } of lines) {
    const earlier = found.get(name);
    found.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return found;
}
