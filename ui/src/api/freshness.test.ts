import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import type { StreamEvents } from "./eventSource.ts";
import { createEventFeed } from "./events.ts";
import { keepFresh, queryKeys } from "./freshness.ts";

/** A cache with every query fresh in it, and a stream to tell it things. */
function start() {
  const client = new QueryClient();
  for (const queryKey of Object.values(queryKeys)) client.setQueryData(queryKey, "as it was");
  let stream: StreamEvents | undefined;
  const feed = createEventFeed((_query, on) => {
    stream = on;
    return () => {};
  });
  keepFresh(client, feed);
  feed.start();
  const stale = () =>
    Object.values(queryKeys)
      .filter((queryKey) => client.getQueryState(queryKey)?.isInvalidated)
      .map(([name]) => name);
  return { client, stale, tell: (event: unknown) => stream?.event(event) };
}

test("an issued key makes the list of keys stale and nothing else", () => {
  const { stale, tell } = start();
  tell({ type: "keys_changed" });
  expect(stale()).toEqual(["keys"]);
});

test("another configuration makes all that is read from it stale", () => {
  const { stale, tell } = start();
  tell({ type: "config_applied", revision: 8 });
  expect(stale()).toEqual([
    "status",
    "config",
    "routes",
    "services",
    "service-states",
    "processes",
    "revisions",
    "cache",
  ]);
});

test("a service whose health changed makes the states of services stale", () => {
  const { stale, tell } = start();
  tell({ type: "service_changed", service: "shop" });
  expect(stale()).toEqual(["service-states"]);
});

test("what a program does or writes makes what is known of programs stale", () => {
  const { stale, tell } = start();
  tell({ type: "process_changed", service: "shop", newest_line: 7 });
  expect(stale()).toEqual(["processes"]);
});

test("a status comes with its event and is not asked for", () => {
  const { client, stale, tell } = start();
  tell({ type: "status", status: { revision: 3 } });
  expect(client.getQueryData(queryKeys.status)).toEqual({ revision: 3 });
  expect(stale()).toEqual([]);
});

test("requests make nothing stale", () => {
  const { stale, tell } = start();
  tell({ type: "traffic", rows: [] });
  expect(stale()).toEqual([]);
});

test("an event of a newer gateway is passed over", () => {
  const { stale, tell } = start();
  tell({ type: "not_yet_known" });
  expect(stale()).toEqual([]);
});
