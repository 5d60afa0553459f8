import { expect, test } from "vitest";
import { type LimitsFacts, limitsStood } from "./limitFacts.ts";

const facts: LimitsFacts = {
  kind: "limits",
  limits: [
    {
      name: "5/s per IP",
      by: "ip",
      partition: "ip 127.0.0.1",
      algorithm: "sliding_window",
      mode: "shadow",
      requests: 5,
      per: "second",
      burst: 5,
      remaining_before: 0,
      remaining_after: 0,
      admitted: false,
      retry_after_ms: 200,
      full_after_ms: 900,
    },
  ],
  quotas: [
    {
      name: "200 a day per key",
      by: "key",
      partition: "ip 127.0.0.1, for want of a key",
      mode: "enforce",
      requests: 200,
      per: "day",
      used_before: 200,
      used_after: 200,
      admitted: false,
      resets_at_us: 0,
      time_zone: "UTC",
      retry_after_ms: 1000,
    },
  ],
  concurrency: [
    {
      name: "5 at once per key",
      by: "key",
      partition: "key 0191",
      mode: "enforce",
      requests: 5,
      running_before: 1,
      admitted: true,
    },
  ],
};

test("what stopped a request comes first, and what only watches says so", () => {
  const [first, second, third] = limitsStood(facts);
  expect(first).toMatchObject({ name: "200 a day per key", text: "200 of 200 used", full: true });
  expect(first?.sentences.slice(0, 1)).toEqual(["200 requests per calendar day per key."]);
  expect(first?.sentences[1]).toMatch(
    /^Used up: 200 used before this request → 200 after; it begins anew .+\.$/,
  );
  expect(first?.sentences[2]).toBe("Counted as `ip 127.0.0.1, for want of a key`.");
  expect(second?.sentences).toEqual([
    "5 requests at once per key.",
    "1 were running when this one came.",
  ]);
  expect(third?.sentences).toEqual([
    "5 requests per second per address, in any second.",
    "No room: 0 left before this request → 0 after; room for one more in 200 ms, full again in 900 ms.",
    "Shadow only: otherwise it would have refused this request.",
  ]);
});
