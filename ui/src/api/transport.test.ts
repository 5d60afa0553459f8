import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openInProcessStream } from "./eventSource.ts";
import { inProcess } from "./transport.ts";

interface AdminCall {
  method: string;
  path: string;
  headers: [string, string][];
  body: string | null;
}

beforeEach(() => vi.stubGlobal("window", globalThis));
afterEach(() => {
  clearMocks();
  vi.unstubAllGlobals();
});

/** A promise that the test settles. */
function signal() {
  let resolve = () => {};
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<void>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** Answers the desktop commands and records how they were called. */
function shell(answers: Record<string, unknown>) {
  const calls: { command: string; payload: unknown }[] = [];
  mockIPC((command, payload) => {
    calls.push({ command, payload });
    const answer = answers[command];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return calls;
}

test("a request reaches the desktop command whole, and its answer comes back", async () => {
  const calls = shell({
    admin: {
      status: 422,
      headers: [["content-type", "application/problem+json"]],
      body: '{"a":1}',
    },
  });
  const response = await inProcess(
    new Request("http://gatewright.localhost/api/v1/config?dry=1", {
      method: "PUT",
      headers: { "If-Match": '"7"', "Content-Type": "application/json" },
      body: '{"routes":[]}',
    }),
  );
  const sent = calls[0]?.payload as AdminCall;
  expect(sent).toMatchObject({
    method: "PUT",
    path: "/api/v1/config?dry=1",
    body: '{"routes":[]}',
  });
  expect(Object.fromEntries(sent.headers)).toMatchObject({ "if-match": '"7"' });
  expect(response.status).toBe(422);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toEqual({ a: 1 });
});

test.each([204, 304])("an answer of %s has no body", async (status) => {
  shell({ admin: { status, headers: [], body: "" } });
  const response = await inProcess(new Request("http://gatewright.localhost/api/v1/x"));
  expect([response.status, response.body]).toEqual([status, null]);
});

test("a request without a body sends none", async () => {
  const calls = shell({ admin: { status: 200, headers: [], body: "{}" } });
  await inProcess(new Request("http://gatewright.localhost/api/v1/x"));
  expect(calls[0]?.payload).toMatchObject({ method: "GET", body: null });
});

test("an aborted request never reaches the gateway", async () => {
  const calls = shell({ admin: { status: 200, headers: [], body: "{}" } });
  const aborted = AbortSignal.abort();
  const call = inProcess(new Request("http://gatewright.localhost/api/v1/x", { signal: aborted }));
  await expect(call).rejects.toMatchObject({ name: "AbortError" });
  expect(calls).toEqual([]);
});

test("the desktop stream opens with its query and is closed by its id", async () => {
  const calls = shell({ events: 42, events_close: null });
  const opened = signal();
  const close = openInProcessStream("q=is:error", {
    opened: opened.resolve,
    event() {},
    ended: () => opened.reject(new Error("ended")),
  });
  await opened.promise;
  close();
  await vi.waitFor(() => expect(calls).toHaveLength(2));
  expect(calls[0]).toMatchObject({ command: "events", payload: { query: "q=is:error" } });
  expect(calls[1]).toEqual({ command: "events_close", payload: { id: 42 } });
});

test("a desktop stream that is refused has ended", async () => {
  shell({ events: new Error("no gateway") });
  const ended = vi.fn<() => void>();
  openInProcessStream("", { opened() {}, event() {}, ended });
  await vi.waitFor(() => expect(ended).toHaveBeenCalledOnce());
});
