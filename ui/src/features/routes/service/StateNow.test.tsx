import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { defaultService, type Service } from "@/api/index.ts";
import type { ServiceState, TargetState } from "@/app/serviceStates.ts";

const gateway = fakeGateway();

const target = (url: string, rest: Partial<TargetState> = {}): TargetState => ({
  url,
  weight: 1,
  health: "healthy",
  reason: null,
  ejected_until_us: null,
  last_check: null,
  in_flight: 0,
  consecutive_failures: 0,
  requests: 0,
  failures: 0,
  ...rest,
});

const WELL: ServiceState = {
  service: "shop",
  targets: [target("http://127.0.0.1:3000"), target("http://127.0.0.1:3001")],
  panic: false,
  breaker: null,
  running: 0,
  retries_granted: 0,
  retries_refused: 0,
  waiting: 0,
  held: 0,
};

const checked: Partial<Service> = {
  health: {
    active: null,
    passive: { failures: 5, statuses: [503], eject_ms: 10_000 },
    panic_percent: 0,
  },
};

function openService(state: Partial<ServiceState>, service: Partial<Service> = {}) {
  gateway.config = { ...gateway.config, services: [{ ...defaultService("shop"), ...service }] };
  gateway.states = [{ ...WELL, ...state }];
  return openApp("/routes?sel=service:shop");
}

const targets = page.getByRole("list", { name: "State of the targets" }).getByRole("listitem");
const breaker = page.getByRole("group", { name: "State of the circuit breaker" });
const line = page.getByRole("list", { name: "Routes by service" }).getByRole("listitem").first();
const statusBar = page.getByRole("contentinfo");
const inMicroseconds = (seconds: number) => (Date.now() + seconds * 1000) * 1000;

const TROUBLED: Partial<ServiceState> = {
  targets: [
    target("http://127.0.0.1:3000", {
      last_check: {
        at_us: inMicroseconds(-3),
        good: true,
        status: 200,
        error: null,
        took_us: 4200,
      },
      in_flight: 2,
      requests: 1204,
    }),
    target("http://127.0.0.1:3001", {
      health: "unhealthy",
      reason: "2 checks in a row failed",
      last_check: {
        at_us: inMicroseconds(-1),
        good: false,
        status: null,
        error: "nothing listens there",
        took_us: 300,
      },
      requests: 40,
      failures: 12,
    }),
    target("http://127.0.0.1:3002", {
      health: "ejected",
      reason: "5 requests in a row failed",
      ejected_until_us: inMicroseconds(600),
    }),
    target("http://127.0.0.1:3003", { health: "probing", reason: "the next request is a trial" }),
  ],
  breaker: { status: "half_open", open_until_us: null, requests: 0, failures: 0, refused: 7 },
};
const BREAKER = {
  failure_percent: 50,
  min_requests: 10,
  window_ms: 10_000,
  open_ms: 10_000,
  half_open_requests: 1,
};

test.each(["light", "dark"])("the state is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openService(TROUBLED, { ...checked, breaker: BREAKER });
  await expect.element(targets.nth(3)).toHaveTextContent("On trial");
  await expectAccessible();
});

test("each target says how it is, why, and what its last check said", async () => {
  await openService(TROUBLED, checked);
  await expect
    .element(targets.nth(0))
    .toHaveTextContent(/^Healthyhttp:\/\/127\.0\.0\.1:30001,204 requests, 2 runningChecked/);
  await expect.element(targets.nth(0)).toHaveTextContent(/ago: answered 200 in 4\.2 ms\.$/);
  await expect.element(targets.nth(1)).toHaveTextContent(/^Unhealthy.*40 requests, 12 failed/);
  await expect
    .element(targets.nth(1))
    .toHaveTextContent(/2 checks in a row failed\.Checked .*: Nothing listens there\.$/);
  await expect
    .element(targets.nth(2))
    .toHaveTextContent(/^Left out.*5 requests in a row failed\.Left out until .*, in (9|10) min/);
  await expect
    .element(targets.nth(3))
    .toHaveTextContent(/^On trial.*The next request is a trial\.$/);
});

test("a target nobody checks is not called healthy", async () => {
  await openService({});
  await expect.element(targets.nth(0)).toHaveTextContent(/^Not checked/);
});

test("an open breaker says when it lets requests through again, and counts down", async () => {
  await openService(
    {
      breaker: {
        status: "open",
        open_until_us: inMicroseconds(8),
        requests: 12,
        failures: 9,
        refused: 31,
      },
    },
    { breaker: BREAKER },
  );
  await expect.element(breaker).toHaveTextContent(/^OpenCircuit breaker31 requests stopped/);
  await expect.element(breaker).toHaveTextContent(/Lets 1 request through in [78] s\.$/);
  await expect.element(breaker).toHaveTextContent(/through in [56] s\.$/);
});

test("a closed breaker says by which numbers it would open", async () => {
  await openService(
    { breaker: { status: "closed", open_until_us: null, requests: 40, failures: 3, refused: 0 } },
    { breaker: BREAKER },
  );
  await expect
    .element(breaker)
    .toHaveTextContent("3 of 40 requests failed in the last 10 s; opens at 50 % of 10 or more.");
});

test("panic, held requests and retries are said", async () => {
  await openService({ panic: true, waiting: 3, held: 4, retries_granted: 20, retries_refused: 1 });
  const now = page.getByRole("region", { name: "State now" });
  await expect.element(now).toHaveTextContent("health is not trusted: requests go to all of them");
  await expect
    .element(now)
    .toHaveTextContent(
      "3 waiting for a target that does not listen · 4 held so far · 20 tried again · 1 not tried again",
    );
});

test("a service in trouble shows in the list and in the status bar, which leads to it", async () => {
  const down = { health: "unhealthy", reason: "nothing listens there" } as const;
  await openService({ targets: [target("http://127.0.0.1:3000", down)] }, checked);
  await expect.element(line).toHaveTextContent(/shopdown/);
  const link = statusBar.getByRole("link", { name: "shop: down" });
  await expect.element(link).toHaveAttribute("href", "/routes?sel=service:shop");
});

test("a service of which some targets are well is named so", async () => {
  await openService(TROUBLED, checked);
  await expect.element(line).toHaveTextContent("1 of 4 targets healthy");
});

test("nothing is marked while all is well", async () => {
  await openService({}, checked);
  await expect.element(targets.nth(1)).toHaveTextContent("Healthy");
  await expect.element(line).not.toHaveTextContent("healthy");
  await expect.element(statusBar.getByRole("link", { name: /shop/ })).not.toBeInTheDocument();
});

test("what changes is shown without a press", async () => {
  await openService({}, checked);
  await expect.element(targets.nth(0)).toHaveTextContent(/^Healthy/);
  gateway.states = [
    { ...WELL, targets: [target("http://127.0.0.1:3000", { health: "ejected", requests: 7 })] },
  ];
  await expect.element(targets.nth(0)).toHaveTextContent(/^Left out.*7 requests/);
});
