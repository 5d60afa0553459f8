import { expect, test } from "vitest";
import { STATUS } from "../../test/fakeGateway.ts";
import { type KeyQuota, noticesBetween, type Watched } from "./notices.ts";
import type { ServiceState } from "./serviceStates.ts";

const NOTHING: Watched = {
  status: undefined,
  services: undefined,
  processes: undefined,
  quotas: undefined,
  certificates: undefined,
};

const service = (health: "healthy" | "unhealthy") =>
  ({
    service: "shop",
    targets: [{ health }],
    breaker: null,
    panic: false,
  }) as unknown as ServiceState;

const key = (used: number): KeyQuota => ({
  id: "k1",
  name: "acme-ci",
  quota: "daily",
  used,
  of: 100,
});

const titles = (before: Partial<Watched>, now: Partial<Watched>) =>
  noticesBetween({ ...NOTHING, ...before }, { ...NOTHING, ...now }).map(({ title }) => title);

test("what was not known before did not happen just now", () => {
  const now = { status: STATUS, services: [service("unhealthy")], quotas: [key(100)] };
  expect(titles({}, now)).toEqual([]);
});

test("a service that goes down leads to what failed, and it is said when it is back", () => {
  const up = { ...NOTHING, services: [service("healthy")] };
  const down = { ...NOTHING, services: [service("unhealthy")] };
  const [notice] = noticesBetween(up, down);
  expect(notice).toMatchObject({
    title: "shop: down",
    tone: "err",
    link: { to: "/traffic", search: { q: "service:shop is:error" } },
  });
  expect(titles(down, up)).toEqual(["shop is well again"]);
  expect(titles(down, down)).toEqual([]);
});

test("a quota is told at 80 % and when it is used up, once each", () => {
  const at = (used: number) => ({ quotas: [key(used)] });
  expect(titles(at(79), at(80))).toEqual(["acme-ci has used 80 % of its quota"]);
  expect(titles(at(80), at(99))).toEqual([]);
  expect(titles(at(99), at(100))).toEqual(["acme-ci has used up its quota"]);
  expect(titles(at(100), at(0))).toEqual([]);
  expect(titles({ quotas: [] }, at(90))).toEqual(["acme-ci has used 80 % of its quota"]);
});

test("another address, a log that is not written and a crash loop are told", () => {
  const moved = { ...STATUS, url: "http://127.0.0.1:8081" };
  expect(titles({ status: STATUS }, { status: moved })).toEqual([
    "The gateway is at http://127.0.0.1:8081",
  ]);
  const recorder = { ...STATUS.recorder, degraded: "the disk is full" };
  const degraded = { ...STATUS, recorder };
  expect(titles({ status: STATUS }, { status: degraded })).toEqual([
    "Requests are not written to the log",
  ]);
  expect(titles({ status: degraded }, { status: STATUS })).toEqual([
    "Requests are written to the log again",
  ]);
  const program = (status: "ready" | "crash_loop") => ({
    processes: [{ service: "shop", status, message: "it ended with 1" }],
  });
  expect(titles(program("ready"), program("crash_loop"))).toEqual([
    "shop ends by itself again and again",
  ]);
  expect(titles(program("crash_loop"), program("ready"))).toEqual(["shop runs again"]);
});

const certificate = (state: "good" | "ends_soon" | "ended" | "unreadable") => ({
  name: "Shop authority",
  path: "/etc/shop.pem",
  purpose: { kind: "services" as const, services: ["shop"] },
  not_after_us: Date.UTC(2026, 11, 24, 12) * 1000,
  state,
  advice: state === "good" ? null : "Ask whoever runs it for the next one.",
});

test("a certificate that ends is told when it is first seen, with what to do, and once", () => {
  const soon = { ...NOTHING, certificates: [certificate("ends_soon")] };
  const [notice] = noticesBetween(NOTHING, soon);
  expect(notice).toMatchObject({
    group: "Certificates",
    tone: "warn",
    title: "Certificate Shop authority ends on Dec 24, 2026",
    detail: "Ask whoever runs it for the next one.",
    link: { to: "/routes", search: { sel: "service:shop" } },
  });
  expect(titles(soon, soon)).toEqual([]);
  const ended = { certificates: [certificate("ended")] };
  expect(titles(soon, ended)).toEqual(["Certificate Shop authority ended on Dec 24, 2026"]);
  const good = { certificates: [certificate("good")] };
  expect(titles(ended, good)).toEqual(["Certificate Shop authority is good until Dec 24, 2026"]);
  expect(titles({}, good)).toEqual([]);
  const [own] = noticesBetween(NOTHING, {
    ...NOTHING,
    certificates: [{ ...certificate("unreadable"), name: null, purpose: { kind: "listener" } }],
  });
  expect(own).toMatchObject({ tone: "err", link: { to: "/settings" } });
});

test("what is urgent is a service that is down, a quota used up, and a log that is not written", () => {
  const before = {
    ...NOTHING,
    status: STATUS,
    services: [service("healthy")],
    quotas: [key(0), { ...key(0), id: "k2" }],
  };
  const recorder = { ...STATUS.recorder, degraded: "the disk is full" };
  const after = {
    ...before,
    status: { ...STATUS, recorder, url: "http://127.0.0.1:8081" },
    services: [service("unhealthy")],
    quotas: [key(100), { ...key(80), id: "k2" }],
  };
  const made = noticesBetween(before, after);
  expect(made.filter(({ urgent }) => urgent).map(({ title }) => title)).toEqual([
    "Requests are not written to the log",
    "shop: down",
    "acme-ci has used up its quota",
  ]);
  expect(made.filter(({ urgent }) => !urgent)).toHaveLength(2);
});
