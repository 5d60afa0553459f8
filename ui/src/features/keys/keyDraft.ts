import type { Config, components } from "@/api/index.ts";
import type { ApiKey } from "./queries.ts";

type Schemas = components["schemas"];
type KeyAccess = Schemas["KeyAccess"];

/** What a person says about a key. */
export interface KeyDraft {
  name: string;
  /** Empty: the same as the name. */
  consumer: string;
  /** Whether it may be used on all routes; else where `grants` says. */
  everywhere: boolean;
  grants: GrantDraft[];
  scopes: string[];
  plan: string | null;
}

/** A route that a key may be used on; with no versions or methods, all of them. */
export interface GrantDraft {
  route: string;
  versions: string[];
  methods: string[];
}

/**
 * A new key: for the routes that ask for keys, so that a person sees what is granted, or for all
 * routes where none asks yet.
 */
export function newDraft(name: string, consumer: string, config: Config | undefined): KeyDraft {
  const keyed = (config?.routes ?? []).filter(({ authentication }) =>
    authentication.methods.includes("api_key"),
  );
  const grants = keyed.map((route) => ({ route: route.name, versions: [], methods: [] }));
  return { name, consumer, everywhere: grants.length === 0, grants, scopes: [], plan: null };
}

/** A key as it is now. */
export function draftOf({ name, consumer, access, scopes, plan }: ApiKey): KeyDraft {
  const grants = access.kind === "selected" ? (access.grants ?? []) : [];
  return {
    name,
    consumer,
    everywhere: access.kind === "all",
    grants: grants.map(({ route, versions = [], methods = [] }) => ({ route, versions, methods })),
    scopes,
    plan: plan ?? null,
  };
}

/** What the gateway is told of it. */
export function told({ name, consumer, everywhere, grants, scopes, plan }: KeyDraft) {
  const access: KeyAccess = everywhere ? { kind: "all" } : { kind: "selected", grants };
  const who = consumer.trim();
  return { name, ...(who !== "" && { consumer: who }), access, scopes, plan };
}

/** Where a key may be used, in a few words. */
export function accessText(access: KeyAccess): string {
  if (access.kind === "all") return "all routes that take keys";
  const grants = access.grants ?? [];
  if (grants.length === 0) return "nowhere yet";
  const texts = grants.map(({ route, versions = [], methods = [] }) =>
    [route, versions.length > 0 && `version ${versions.join(", ")}`, methods.join(", ")]
      .filter(Boolean)
      .join(" "),
  );
  return texts.join(" · ");
}
