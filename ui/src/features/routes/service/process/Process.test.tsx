import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../../test/axe.ts";
import { fakeGateway, json } from "../../../../../test/fakeGateway.ts";
import { openApp } from "../../../../../test/openApp.tsx";
import { defaultService } from "@/api/index.ts";
import {
  environmentText,
  type InstanceState,
  PROCESS,
  type ProcessState,
  processText,
  readEnvironment,
} from "./processText.ts";

const gateway = fakeGateway();
const us = (seconds: number) => Math.round((Date.now() + seconds * 1000) * 1000);

const instance = (number: number, rest: Partial<InstanceState> = {}): InstanceState => ({
  number,
  status: "ready",
  port: 2999 + number,
  pid: 4100 + number,
  started_at_us: us(-60),
  ready_after_ms: 840,
  in_flight: 2,
  requests: 1204,
  cpu_percent: 12.4,
  memory_bytes: 52_428_800,
  processes: 1,
  ...rest,
});

const IDLE: ProcessState = {
  service: "shop",
  status: "idle",
  message: "It does not run; the next request starts it.",
  command: "node server.js --port {port}",
  folder: "/srv/shop",
  environment: ["LOG_LEVEL"],
  env_file: ".env",
  fingerprint: "f00d",
  approved: true,
  instances: [],
  wanted: 0,
  min: 0,
  max: 4,
  target_in_flight: 10,
  held: 0,
  in_flight: 0,
  pinned_until_us: null,
  crashes: 0,
  last_crash: null,
  retry_at_us: null,
  decisions: [],
  history: [],
};

const BUSY: Partial<ProcessState> = {
  status: "ready",
  message: "2 instances are ready.",
  instances: [
    instance(1),
    instance(2, { in_flight: 1 }),
    instance(3, {
      status: "starting",
      ready_after_ms: null,
      cpu_percent: null,
      memory_bytes: null,
    }),
  ],
  wanted: 3,
  in_flight: 27,
  decisions: [
    {
      at_us: us(-30),
      from: 0,
      to: 1,
      because: "1 requests wait, 10 are meant for each",
      in_flight: 1,
      stable: 1,
      panic: 1,
      panicking: false,
      ready: 0,
    },
    {
      at_us: us(-10),
      from: 1,
      to: 3,
      because:
        "27.0 requests ran on average in the last 2 s, 10 are meant for each: at least twice as many as were ready",
      in_flight: 27,
      stable: 8,
      panic: 27,
      panicking: true,
      ready: 1,
    },
  ],
  history: Array.from({ length: 30 }, (_, at) => ({
    at_us: us(at - 30),
    in_flight: at < 10 ? 1 : 27,
    ready: at < 20 ? 1 : 2,
    wanted: at < 20 ? 1 : 3,
  })),
};

function openService(state: Partial<ProcessState>) {
  const process = { ...PROCESS, command: IDLE.command, max_instances: 4 };
  gateway.config = {
    ...gateway.config,
    services: [{ ...defaultService("shop"), process }],
  };
  gateway.processes = [{ ...IDLE, ...state }];
  gateway.output = [
    { seq: 1, at_us: us(-20), instance: 1, stream: "stdout", text: "listening on 3000" },
    { seq: 2, at_us: us(-10), instance: 1, stream: "stderr", text: "warning: cache is cold" },
  ];
  return openApp("/routes?sel=service:shop");
}

const now = page.getByRole("region", { name: "Process now" });
const button = (name: string) => now.getByRole("button", { name, exact: true });
const asked = () =>
  gateway.calls.filter(({ method, path }) => method === "POST" && path.endsWith("/process"));
const form = page.getByRole("form", { name: "Service shop" });

test.each(["light", "dark"])("what runs and why is told in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openService(BUSY);
  await expect.element(now.getByRole("status")).toHaveTextContent("2 instances are ready.");
  const rows = now.getByRole("row");
  await expect.element(rows.nth(1)).toHaveTextContent("1Ready3000410112 %");
  await expect.element(rows.nth(3)).toHaveTextContent("Starting");
  const decisions = now.getByRole("list", { name: "Scale decisions" }).getByRole("listitem");
  await expect.element(decisions.first()).toHaveTextContent("1 → 3");
  await expect.element(decisions.first()).toHaveTextContent("27.0 requests ran on average");
  await expect.element(now.getByRole("img", { name: /^Up to 27 requests at once/ })).toBeVisible();
  await expect.element(now.getByRole("log")).toHaveTextContent("listening on 3000");
  await expectAccessible();
});

test("the newest decisions are shown, and the others when they are asked for", async () => {
  const [one] = BUSY.decisions ?? [];
  if (!one) throw new Error("there is a decision");
  const decisions = Array.from({ length: 5 }, (_, from) => ({
    ...one,
    at_us: us(from - 10),
    from,
    to: from + 1,
  }));
  await openService({ ...BUSY, decisions });
  const list = now.getByRole("list", { name: "Scale decisions" }).getByRole("listitem");
  await expect.element(list.first()).toHaveTextContent("4 → 5");
  expect(list.elements()).toHaveLength(3);
  await button("Show 2 older decisions").click();
  await expect.element(list.last()).toHaveTextContent("0 → 1");
});

test("its buttons say what a person wants", async () => {
  await openService(BUSY);
  await button("Restart").click();
  await now.getByRole("textbox", { name: "Instances now" }).fill("4");
  await button("Scale now").click();
  await button("Stop").click();
  expect(asked().map(({ body }) => body)).toEqual([
    { action: "restart" },
    { action: "scale", instances: 4 },
    { action: "stop" },
  ]);
  await expect.element(button("Start")).toHaveAttribute("aria-disabled", "true");
});

test("a command of a file is shown whole before a person approves it", async () => {
  await openService({ status: "not_approved", approved: false, message: "Not yet." });
  await expect.element(now).toHaveTextContent("node server.js --port {port}");
  await expect.element(now).toHaveTextContent("Folder: /srv/shop · sets LOG_LEVEL · reads .env");
  await expectAccessible();
  await button("Approve and run").click();
  expect(asked()[0]?.body).toEqual({ action: "approve", fingerprint: "f00d" });
});

test("a crash loop shows what the program said last, and can be tried again", async () => {
  await openService({
    status: "crash_loop",
    message: "It failed 3 times; after 10 s a request starts it again.",
    crashes: 3,
    retry_at_us: us(8),
    last_crash: {
      at_us: us(-2),
      reason: "it ended by itself with status 7",
      output: ["no database"],
    },
  });
  await expect.element(now).toHaveTextContent("It crashes again and again.");
  await expect
    .element(page.getByLabelText("Its last lines on standard error"))
    .toHaveTextContent("no database");
  await expectAccessible();
  await button("Try again now").click();
  expect(asked()[0]?.body).toEqual({ action: "start" });
});

test("the output is searched, and standard error is seen alone", async () => {
  await openService(BUSY);
  const log = now.getByRole("log");
  await now.getByRole("textbox", { name: "Search the output" }).fill("listening");
  await expect.element(log).not.toHaveTextContent("cache is cold");
  await expect.element(log).toHaveTextContent("listening on 3000");
  await now.getByRole("textbox", { name: "Search the output" }).fill("");
  await button("Standard error only").click();
  await expect.element(log).not.toHaveTextContent("listening");
  await expect.element(log).toHaveTextContent("cache is cold");
});

test("output of a stretch of time is shown alone, and leads to the requests of that time", async () => {
  const { router } = await openService(BUSY);
  const [first] = gateway.output;
  if (!first) throw new Error("there is output");
  const output = `${first.at_us - 1_000_000}-${first.at_us + 1_000_000}`;
  await router.navigate({ to: "/routes", search: { sel: "service:shop", output } });
  const log = now.getByRole("log");
  await expect.element(log).not.toHaveTextContent("cache is cold");
  await expect.element(log).toHaveTextContent("listening on 3000");
  await expectAccessible();
  await button("Requests of this time").click();
  const since = new Date(first.at_us / 1000 - 6000).toISOString();
  const until = new Date(first.at_us / 1000 + 1000).toISOString();
  await expect
    .poll(() => router.state.location.search)
    .toMatchObject({ q: `service:=shop since:${since} until:${until}` });
  router.history.back();
  await button("Show all output").click();
  await expect.element(log).toHaveTextContent("cache is cold");
  expect(router.state.location.search).not.toHaveProperty("output", output);
});

test("the time of each line leads to the requests of that time, by keyboard too", async () => {
  const { router } = await openService(BUSY);
  const log = now.getByRole("log");
  await expect.element(log).toHaveTextContent("cache is cold");
  const times = log.getByRole("button", { name: /^Requests at / });
  // The tab key stops once, at the newest.
  await expect.element(times.first()).toHaveAttribute("tabindex", "-1");
  times.last().element().focus();
  await userEvent.keyboard("{ArrowUp}");
  await expect.element(times.first()).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  const at = (gateway.output[0]?.at_us ?? 0) / 1000;
  await expect
    .poll(() => router.state.location)
    .toMatchObject({
      pathname: "/traffic",
      search: {
        q: `service:=shop since:${new Date(at - 5000).toISOString()} until:${new Date(at + 1000).toISOString()}`,
      },
    });
});

test("older lines are shown when they are asked for", async () => {
  gateway.answers["GET /services/shop/process/output"] = (_body, url) => {
    const limit = Number(url.searchParams.get("limit"));
    const all = Array.from({ length: 400 }, (_, n) => ({
      seq: n + 1,
      at_us: us(n - 400),
      instance: 1,
      stream: "stdout" as const,
      text: `line ${n + 1}.`,
    }));
    return json({ lines: all.slice(-limit), more: limit < all.length, not_kept: 0 });
  };
  await openService(BUSY);
  const log = now.getByRole("log");
  await expect.element(log).toHaveTextContent("line 400.");
  await expect.element(log).not.toHaveTextContent("line 100.");
  await button("Show older lines").click();
  await expect.element(log).toHaveTextContent("line 100.");
  await expect.element(button("Show older lines")).not.toBeInTheDocument();
});

test("the checks of a program that is run here replace what fails them", async () => {
  await openService(BUSY);
  await form.getByRole("button", { name: /^Health/ }).click();
  await form.getByRole("switch", { name: "Ask each instance now and then" }).click();
  await expect.element(form.getByRole("textbox", { name: "Replaced after" })).toBeVisible();
  await expect.element(form.getByText("Used again after")).not.toBeInTheDocument();
});

test("a service is given a program in its form", async () => {
  gateway.config = { ...gateway.config, services: [defaultService("shop")] };
  await openApp("/routes?sel=service:shop");
  await form.getByRole("button", { name: /^Process/ }).click();
  await form.getByRole("switch", { name: /Start the service's program/ }).click();
  await form.getByRole("textbox", { name: "Command", exact: true }).fill("npm start");
  await form.getByRole("textbox", { name: "Environment", exact: true }).fill("A=b=c\nLEVEL=debug");
  await form.getByRole("textbox", { name: "Ready when it answers" }).fill("/health");
  await form.getByRole("textbox", { name: "Instances at most" }).fill("3");
  await expectAccessible();
  await form.getByRole("button", { name: "Save service" }).click();
  await expect
    .poll(() => gateway.config.services[0]?.process)
    .toEqual({
      ...PROCESS,
      command: "npm start",
      environment: { A: "b=c", LEVEL: "debug" },
      readiness: { path: "/health" },
      max_instances: 3,
    });
});

test("a process is said in a line, and variables are lines", () => {
  const service = defaultService("shop");
  expect(processText(service)).toBe("none: something else starts it");
  const process = { ...PROCESS, command: "npm start", min_instances: 1, max_instances: 3 };
  expect(processText({ ...service, process })).toBe("`npm start`, 1 to 3 instances");
  const variables = { A: "b=c", EMPTY: "" };
  expect(readEnvironment(environmentText(variables))).toEqual(variables);
});
