import { expect, test } from "vitest";
import { asksFirst, draftOf, editedOf, headersOf, orderOf } from "./replayDraft.ts";
import type { ReplayPlan } from "./replayQueries.ts";

const PLAN: ReplayPlan = {
  request: {
    method: "GET",
    host: "127.0.0.1:8080",
    path: "/orders?limit=10",
    headers: [{ name: "accept", value: "*/*" }],
  },
  left_out: [],
  incomplete: false,
  safe: true,
  key: { id: "k1", name: "mobile" },
  versions: ["v1", "v2"],
  targets: ["http://127.0.0.1:3000"],
  most_times: 200,
};

test("as it was sent, as the key that it was made with", () => {
  expect(orderOf(draftOf(PLAN), false)).toEqual({
    order: { times: 1, at_once: 1, confirmed: false, key: "k1" },
  });
});

test("to a version, or straight to a target without a key", () => {
  const draft = draftOf(PLAN);
  expect(orderOf({ ...draft, where: "version v2" }, false)).toMatchObject({
    order: { version: "v2", key: "k1" },
  });
  const straight = orderOf({ ...draft, where: "target http://127.0.0.1:3000" }, false);
  expect(straight).toEqual({
    order: { times: 1, at_once: 1, confirmed: false, target: "http://127.0.0.1:3000" },
  });
});

test("as a consumer, but not past the gateway", () => {
  const draft = { ...draftOf(PLAN), as: "consumer acme corp" } as const;
  expect(orderOf(draft, false)).toEqual({
    order: { times: 1, at_once: 1, confirmed: false, consumer: "acme corp" },
  });
  const straight = orderOf({ ...draft, where: "target http://127.0.0.1:3000" }, false);
  expect(straight).not.toHaveProperty("order.consumer");
});

test("edited, with the line that is no header named", () => {
  const edited = { ...editedOf(PLAN.request), body: "a=1", headers: "X-A:  b: c \n\naccept: */*" };
  const draft = { ...draftOf(PLAN), edited };
  expect(orderOf(draft, true)).toMatchObject({
    order: {
      confirmed: true,
      request: {
        method: "GET",
        path: "/orders?limit=10",
        body: "a=1",
        headers: [
          { name: "x-a", value: "b: c" },
          { name: "accept", value: "*/*" },
        ],
      },
    },
  });
  expect(headersOf("no header")).toEqual({
    problem: "`no header` is no header: write `name: value`.",
  });
});

test("what may change something, or lacks something, is asked about", () => {
  const draft = draftOf(PLAN);
  expect(asksFirst(draft, PLAN)).toEqual([]);
  const post = { ...editedOf(PLAN.request), method: "POST" };
  expect(asksFirst({ ...draft, edited: post, times: 3 }, PLAN)).toEqual([
    "POST may change something once more. It is sent 3 times.",
  ]);
  const lacking = { ...PLAN, incomplete: true, left_out: ["Secrets are masked."] };
  expect(asksFirst(draft, lacking)).toEqual(["Secrets are masked."]);
  expect(asksFirst({ ...draft, edited: editedOf(PLAN.request) }, lacking)).toEqual([]);
});
