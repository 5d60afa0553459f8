/** What the Keys place keeps in its address. */
export interface KeysSearch {
  /** What is open beside the list: a key by its id, others by their name; `:new` makes one. */
  sel?: string;
  /** What is shown instead of the keys. */
  show?: "consumers" | "plans" | "issuers";
  /** Whose a new key or what a new consumer is called. */
  consumer?: string;
}

export function validateKeysSearch(search: Record<string, unknown>): KeysSearch {
  const { sel, show, consumer } = search;
  return {
    ...(typeof sel === "string" && { sel }),
    ...(typeof consumer === "string" && { consumer }),
    ...((show === "consumers" || show === "plans" || show === "issuers") && { show }),
  };
}
