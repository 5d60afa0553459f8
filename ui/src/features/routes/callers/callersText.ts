import type { AccessRule, Authentication, Cors, Route } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

const WAY = {
  api_key: "key",
  basic: "password",
  jwt: "token",
  forward: "a service's word",
} as const satisfies Record<Authentication["methods"][number], string>;

/** "key or token required, 2 access rules". */
export function callersText({ authentication, authorization, cors }: Route): string {
  const rules = authorization.length;
  const parts = [
    waysText(authentication),
    rules > 0 && format.plural(rules, "access rule"),
    cors && `web pages of ${originsText(cors)}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function waysText({ methods, require, anonymous }: Authentication): string {
  if (methods.length === 0) return "no key needed";
  const ways = methods.map((method) => WAY[method]).join(require === "all" ? " and " : " or ");
  return anonymous ? `${ways} or nothing at all` : `${ways} required`;
}

/** The access rules in a line, or that there is none. */
export function rulesText(rules: readonly AccessRule[]): string {
  if (rules.length === 0) return "none: whoever is known may call";
  return rules.map(ruleText).join("; ");
}

/** One access rule: "POST: scope orders:write, from `10.0.0.0/8`". */
export function ruleText(rule: AccessRule): string {
  const when = [...rule.methods, ...rule.versions].join(", ");
  const list = (label: string, names: readonly string[], joined: string) =>
    names.length > 0 && `${label} ${names.join(joined)}`;
  const asks = [
    list(rule.scopes_all.length === 1 ? "scope" : "scopes", rule.scopes_all, " and "),
    list(rule.scopes_any.length === 1 ? "scope" : "scopes", rule.scopes_any, " or "),
    list("group", rule.groups, " or "),
    list("consumer", rule.consumers, " or "),
    list("from", rule.allow_ips, ", "),
    list("not from", rule.deny_ips, ", "),
  ].filter(Boolean);
  const what = asks.length === 0 ? "asks nothing yet" : asks.join(", ");
  return when === "" ? what : `${when}: ${what}`;
}

/** Which web pages may call, in a line. */
export function pagesText(cors: Cors | null): string {
  if (cors === null) return "left to the service";
  return `pages of ${originsText(cors)}${cors.credentials ? ", with credentials" : ""}`;
}

function originsText({ origins }: Cors): string {
  if (origins.length === 0) return "no origin";
  return origins.includes("*") ? "any origin" : origins.map((one) => `\`${one}\``).join(", ");
}
