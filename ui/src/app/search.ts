/**
 * How search parameters are written in the address: plain text, `?q=status:>=500&tab=response`, so
 * that an address can be read, typed and pasted. What arrives is text; a place's `validateSearch`
 * gives it types and drops what it does not know.
 */
export function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Leaves out what is undefined or empty. */
export function stringifySearch(search: Record<string, unknown>): string {
  const parts = Object.entries(search)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** Percent-encodes what would end the parameter or the query, and leaves the rest readable. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(3A|3E|3C|2F|2C|7E|40|2A|28|29)/g, decodeURIComponent);
}
