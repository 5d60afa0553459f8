/** How this machine calls an HTTPS listener: its certificates are for names, not for addresses. */
export function localUrl(address: string): string {
  return `https://localhost:${address.slice(address.lastIndexOf(":") + 1)}/`;
}
