import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { connection } from "./connection.ts";
import type { StreamEvents } from "./eventSource.ts";
import { createEventFeed, retryDelay } from "./events.ts";

/** A stream the test opens, feeds and breaks itself. */
function fakeStreams() {
  const opened: { query: string; on: StreamEvents; closed: boolean }[] = [];
  return {
    opened,
    open(query: string, on: StreamEvents) {
      const stream = { query, on, closed: false };
      opened.push(stream);
      return () => {
        stream.closed = true;
      };
    },
    latest() {
      const stream = opened.at(-1);
      if (!stream) throw new Error("no stream was opened");
      return stream;
    },
  };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("every listener hears every event", () => {
  const streams = fakeStreams();
  const feed = createEventFeed(streams.open);
  const heard: string[] = [];
  feed.listen((event) => heard.push(`a ${event.type}`));
  const leave = feed.listen((event) => heard.push(`b ${event.type}`));
  feed.start();
  streams.latest().on.event({ type: "keys_changed" });
  leave();
  streams.latest().on.event({ type: "status" });
  expect(heard).toEqual(["a keys_changed", "b keys_changed", "a status"]);
});

test("a broken stream opens again, later each time, and the connection says lost", () => {
  const streams = fakeStreams();
  const feed = createEventFeed(streams.open);
  feed.start();
  streams.latest().on.opened();
  expect(connection.get().state).toBe("open");

  streams.latest().on.ended();
  expect(connection.get().state).toBe("lost");
  vi.advanceTimersByTime(249);
  expect(streams.opened).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(streams.opened).toHaveLength(2);

  streams.latest().on.ended();
  vi.advanceTimersByTime(499);
  expect(streams.opened).toHaveLength(2);
  vi.advanceTimersByTime(1);
  streams.latest().on.opened();
  expect(connection.get().state).toBe("open");
});

test("who asked is told that events were missed, but not at the first opening", () => {
  const streams = fakeStreams();
  const feed = createEventFeed(streams.open);
  const reopened = vi.fn<() => void>();
  feed.onReopen(reopened);
  feed.start();
  streams.latest().on.opened();
  expect(reopened).not.toHaveBeenCalled();
  streams.latest().on.ended();
  vi.advanceTimersByTime(retryDelay(0));
  streams.latest().on.opened();
  expect(reopened).toHaveBeenCalledOnce();
});

test("another query closes the stream and opens one with it", () => {
  const streams = fakeStreams();
  const feed = createEventFeed(streams.open);
  feed.start();
  feed.ask("q=status:>=500");
  feed.ask("q=status:>=500");
  expect(streams.opened.map((stream) => [stream.query, stream.closed])).toEqual([
    ["", true],
    ["q=status:>=500", false],
  ]);
});

test("a stopped feed stays stopped", () => {
  const streams = fakeStreams();
  const feed = createEventFeed(streams.open);
  feed.start();
  streams.latest().on.ended();
  feed.stop();
  vi.advanceTimersByTime(60_000);
  expect(streams.opened).toHaveLength(1);
});

test("a retry never waits longer than ten seconds", () => {
  expect([0, 1, 2, 20].map(retryDelay)).toEqual([250, 500, 1000, 10_000]);
});
