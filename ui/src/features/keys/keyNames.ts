import { withTerm } from "@/live/filterText.ts";

/** A name for the next key that none has yet: "key-1", "key-2". */
export function nextKeyName(taken: readonly string[]): string {
  const names = new Set(taken);
  let number = 1;
  while (names.has(`key-${number}`)) number += 1;
  return `key-${number}`;
}

/** The filter of the log that shows one key's requests. */
export function keyFilter(name: string): string {
  return withTerm("", "key", name);
}
