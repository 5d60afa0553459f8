import { expect, test } from "vitest";
import { defaultRoute } from "@/api/index.ts";
import { aggregateText, needsOf, newPart, offered, partText, stepsOf } from "./aggregateText.ts";

const user = { ...newPart("user", "users"), path: "/users/{{request.path.id}}" };
const orders = {
  ...newPart("orders", "shop"),
  path: "/orders",
  query: [{ name: "user", value: "{{ user.id }}" }],
};
const items = {
  ...newPart("items", "shop"),
  path: "/items/{{item}}",
  for_each: {
    list: "{{orders.ids}}",
    concurrency: 8,
    max_items: 100,
  },
};
const team = {
  ...newPart("team", "users"),
  method: "POST",
  path: "/teams",
  body: { id: ["{{user.team}}"] },
};
const parts = [items, user, orders, team];
const names = parts.map(({ name }) => name);

test("a part needs the parts that it refers to, wherever it does", () => {
  expect(parts.map((part) => needsOf(part, names))).toEqual([["orders"], [], ["user"], ["user"]]);
});

test("parts are asked in steps, each once what it needs is there", () => {
  const told = (list: typeof parts) => stepsOf(list).map((step) => step.map(({ name }) => name));
  expect(told(parts)).toEqual([["user"], ["orders", "team"], ["items"]]);
  const circle = [{ ...user, path: "/{{orders.id}}" }, orders];
  expect(told(circle)).toEqual([["user", "orders"]]);
});

test("a part and the whole answer are told in a line", () => {
  const aggregate = { parts, deadline_ms: 1, max_bytes: 1, meta: false };
  expect(aggregateText(aggregate)).toBe("answer of 4 parts: `items`, `user`, `orders`, `team`");
  expect(partText(items, names)).toBe(
    "GET shop `/items/{{item}}`, after `orders`, once for each of `orders.ids`, as `items`",
  );
  expect(partText({ ...user, mount: "" }, names)).toContain("as fields of the answer itself");
  expect(partText({ ...user, hidden: true }, names)).toContain("not in the answer");
});

test("what can be put into a path is offered", () => {
  const route = defaultRoute("r");
  const match = { ...route.match, path: "/x/{id}/{rest...}", path_kind: "template" as const };
  const aggregate = { parts: [user, items], deadline_ms: 1, max_bytes: 1, meta: false };
  expect(offered({ ...route, match, aggregate }, items)).toEqual([
    "request.path.id",
    "request.path.rest",
    "user.id",
    "item.id",
  ]);
});
