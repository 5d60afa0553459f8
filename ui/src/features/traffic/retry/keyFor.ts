import type { AccessRule, components, Config } from "@/api/index.ts";
import type { Exchange } from "@/live/exchange.ts";

type Schemas = components["schemas"];
type NewKey = Schemas["NewKey"];
type ApiKey = Schemas["ApiKey"];

/** Why keys are refused that another key would not be. */
const BY_ANOTHER_KEY = new Set<Schemas["ErrorCode"]>([
  "key_missing",
  "key_malformed",
  "key_invalid",
  "key_revoked",
  "key_duplicate",
  "key_expired",
  "credential_missing",
]);

/** Whether a request was refused for want of a good API key. */
export function wantsKey({ code, decided_by, route }: Exchange): boolean {
  return decided_by === "authenticate" && code != null && BY_ANOTHER_KEY.has(code) && route != null;
}

/**
 * A key that the request would pass with, and no more: for its route alone, with the scopes that the
 * route's rules ask for, of a consumer that they let call. `before` is the key it was sent with,
 * where that is known; `taken` are the names of all keys. Or why no key would do, in one sentence.
 */
export function keyFor(
  exchange: Exchange,
  config: Config,
  before: ApiKey | null,
  taken: readonly string[],
): { key: NewKey } | { problem: string } {
  const route = config.routes.find(({ name }) => name === exchange.route);
  if (!route) return { problem: `There is no route \`${exchange.route ?? ""}\` any more.` };
  const { methods, require } = route.authentication;
  if (!methods.includes("api_key")) {
    return { problem: `Route \`${route.name}\` takes no API keys.` };
  }
  if (require === "all" && methods.length > 1) {
    return { problem: `Route \`${route.name}\` wants more than an API key.` };
  }
  const rules = route.authorization.filter(
    (rule) => rule.methods.length === 0 || rule.methods.includes(exchange.method),
  );
  const consumer = consumerFor(rules, config, before);
  if (consumer === null) {
    return { problem: `The rules of route \`${route.name}\` let no consumer call that is set up.` };
  }
  const listed = config.consumers.find(({ name }) => name === consumer);
  const name = freeName(before?.name ?? consumer ?? route.name, taken);
  return {
    key: {
      name,
      consumer: consumer ?? name,
      scopes: scopesFor(rules, [...(listed?.scopes ?? []), ...(before?.scopes ?? [])], before),
      plan: before?.plan ?? null,
      access: { kind: "selected", grants: [{ route: route.name, versions: [], methods: [] }] },
      labels: {},
    },
  };
}

/**
 * Whose key it is: that of the one before, where the rules let its consumer call, else the first that
 * they let. `undefined`: whoever; `null`: nobody that is known.
 */
function consumerFor(
  rules: readonly AccessRule[],
  { consumers }: Config,
  before: ApiKey | null,
): string | undefined | null {
  const may = (name: string) =>
    rules.every(
      (rule) =>
        (rule.consumers.length === 0 || rule.consumers.includes(name)) &&
        (rule.groups.length === 0 ||
          consumers.some(
            (one) => one.name === name && one.groups.some((g) => rule.groups.includes(g)),
          )),
    );
  if (before && may(before.consumer)) return before.consumer;
  if (rules.every((rule) => rule.consumers.length === 0 && rule.groups.length === 0)) {
    return undefined;
  }
  const named = [...rules.flatMap((rule) => rule.consumers), ...consumers.map(({ name }) => name)];
  return named.find(may) ?? null;
}

/** What the rules ask for beyond what the consumer has; of scopes of which one is enough, the first. */
function scopesFor(
  rules: readonly AccessRule[],
  has: readonly string[],
  before: ApiKey | null,
): string[] {
  const added = new Set(before?.scopes ?? []);
  const missing = (scope: string) => !has.includes(scope) && !added.has(scope);
  for (const { scopes_all, scopes_any } of rules) {
    for (const scope of scopes_all.filter(missing)) added.add(scope);
    const [first] = scopes_any;
    if (first !== undefined && scopes_any.every(missing)) added.add(first);
  }
  return [...added];
}

/** `orders-dev`, `orders-dev-2`: a name that no key has. */
function freeName(base: string, taken: readonly string[]): string {
  const names = new Set(taken);
  const first = names.has(base) ? base.replace(/-\d+$/, "") : `${base}-dev`;
  let name = first;
  for (let number = 2; names.has(name); number += 1) name = `${first}-${number}`;
  return name;
}
