import { withTerm } from "@/live/filterText.ts";

/** Where one is, as far as it says whose requests are of interest. */
export interface Open {
  pathname: string;
  search: Record<string, unknown>;
}

/** What is open, as a term of the filter; a key is named by its id, which has a name elsewhere. */
export type About =
  | { kind: "route" | "service" | "consumer" | "plan"; name: string }
  | { kind: "key"; id: string };

/** What of the configuration is open; `null` where nothing is that requests are of. */
export function aboutOpen({ pathname, search }: Open): About | null {
  const text = (name: string) => {
    const value = search[name];
    return typeof value === "string" && value !== "" && !value.startsWith(":") ? value : null;
  };
  const sel = text("sel");
  switch (pathname) {
    case "/routes":
      if (sel === null) return null;
      return sel.startsWith("service:")
        ? { kind: "service", name: sel.slice("service:".length) }
        : { kind: "route", name: sel };
    case "/keys":
      if (sel === null) return null;
      if (search["show"] === "consumers") return { kind: "consumer", name: sel };
      if (search["show"] === "plans") return { kind: "plan", name: sel };
      return search["show"] === "issuers" ? null : { kind: "key", id: sel };
    case "/dashboards": {
      const key = text("key");
      if (key !== null) return { kind: "key", id: key };
      for (const kind of ["consumer", "plan", "route"] as const) {
        const name = text(kind);
        if (name !== null) return { kind, name };
      }
      return null;
    }
    default:
      return null;
  }
}

/** The filter for it; `null` while the name of the key is not known. */
export function filterFor(about: About | null, keyName: string | null): string | null {
  if (about === null) return "";
  if (about.kind !== "key") return withTerm("", about.kind, about.name);
  return keyName === null ? null : withTerm("", "key", keyName);
}
