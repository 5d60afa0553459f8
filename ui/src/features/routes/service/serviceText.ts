import type { Service } from "@/api/index.ts";
import { format } from "@/ui/index.ts";

/** Whether any of its targets is reached over TLS. */
export function usesTls({ targets }: Service): boolean {
  return targets.some(({ url }) => /^https:/i.test(url));
}

/** "`http://127.0.0.1:3000` 3 of 4, `http://127.0.0.1:3001` 1 of 4" */
export function targetsText({ targets }: Service): string {
  const even = targets.every(({ weight }) => weight === targets[0]?.weight);
  const whole = targets.reduce((sum, { weight }) => sum + weight, 0);
  return targets
    .map(({ url, weight }) => (even ? `\`${url}\`` : `\`${url}\` ${weight} of ${whole}`))
    .join(", ");
}

const PROTOCOLS = { auto: "HTTP/1.1", http1: "HTTP/1.1", http2: "HTTP/2" };

/** "HTTP/2, any certificate trusted" */
export function protocolText(service: Service): string {
  const { protocol, tls } = service;
  const overTls = protocol === "auto" && usesTls(service);
  const parts = [
    overTls ? "the target chooses the version of HTTP" : PROTOCOLS[protocol],
    tls.skip_verify
      ? "any certificate is trusted"
      : tls.ca_file != null && `authorities of \`${tls.ca_file}\``,
    tls.server_name != null && `certificate of \`${tls.server_name}\``,
  ];
  return parts.filter(Boolean).join(", ");
}

/** "the same target for the same cookie `sid`" */
export function balanceText({ targets, balance, process }: Service): string {
  const one = process == null ? "target" : "instance";
  const rules = {
    round_robin: `each ${one} in turn`,
    least_in_flight: `the ${one} with the fewest running requests`,
    power_of_two: `the better of two ${one}s chosen at random`,
    consistent_hash: `the same ${one} for the same ${hashText(balance)}`,
  };
  const most = process?.max_instances ?? targets.length;
  const rule = most === 1 ? `one ${one}` : rules[balance.algorithm];
  return balance.sticky_cookie == null
    ? rule
    : `${rule}, kept by cookie \`${balance.sticky_cookie}\``;
}

function hashText({ hash_by, hash_name }: Service["balance"]): string {
  const what = { ip: "address", consumer: "consumer", header: "header", cookie: "cookie" }[hash_by];
  const named = hash_by === "header" || hash_by === "cookie";
  return named && hash_name != null ? `${what} \`${hash_name}\`` : what;
}

/** "GET `/health` every 5 s, left out after 5 failures" */
export function healthText({ health, process }: Service): string {
  const { active, passive } = health;
  const asked =
    active != null &&
    `${active.kind === "http" ? `GET \`${active.path}\`` : "a connection"} every ${format.duration(active.interval_ms)}${process == null ? "" : ", replaced where that fails"}`;
  const learnt =
    passive != null && `left out after ${format.plural(passive.failures, "failed request")}`;
  return [asked, learnt].filter(Boolean).join(", ") || "not checked";
}

/** "opens where 50 % of 10 or more requests in 10 s fail" */
export function breakerText({ breaker }: Service): string {
  if (breaker == null) return "none";
  const { failure_percent, min_requests, window_ms } = breaker;
  return `opens where ${failure_percent} % of ${format.count(min_requests)} or more requests in ${format.duration(window_ms)} fail`;
}

/** "tried again once, held for up to 5 s" */
export function retriesText({ retries, hold_ms }: Service): string {
  const times = ["never tried again", "tried again once", "tried again twice"];
  const again = times[retries.attempts] ?? `tried again up to ${retries.attempts} times`;
  return hold_ms === 0 ? again : `${again}, held for up to ${format.duration(hold_ms)}`;
}

/** "2 s to connect, 1 min until the first byte" */
export function timeoutsText({ timeouts }: Service): string {
  const { connect_ms, first_byte_ms, idle_ms, total_ms } = timeouts;
  const parts = [
    `${format.duration(connect_ms)} to connect`,
    `${format.duration(first_byte_ms)} until the first byte`,
    idle_ms != null && `${format.duration(idle_ms)} standing still`,
    total_ms != null && `${format.duration(total_ms)} in all`,
  ];
  return parts.filter(Boolean).join(", ");
}
