import type { Authentication, Route } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

const WAY = {
  api_key: "key",
  basic: "password",
  jwt: "token",
  forward: "a service's word",
} as const satisfies Record<Authentication["methods"][number], string>;

/** "key or token required", with who else may call and which rules there are. */
export function callersText({ authentication, authorization, cors }: Route): string {
  const rules = authorization.length;
  const parts = [
    waysText(authentication),
    rules > 0 && format.plural(rules, "access rule"),
    cors && `pages of ${cors.origins.join(", ") || "no origin"}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function waysText({ methods, require, anonymous }: Authentication): string {
  if (methods.length === 0) return "no key needed";
  const ways = methods.map((method) => WAY[method]).join(require === "all" ? " and " : " or ");
  return anonymous ? `${ways} or nothing at all` : `${ways} required`;
}
