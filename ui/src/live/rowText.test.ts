import { expect, test } from "vitest";
import { exchange } from "./fixtures.ts";
import { elapsedText, rowText } from "./rowText.ts";

test("beside its route, a request says which version of it answered", () => {
  expect(rowText(exchange({ route: "orders", version: "v2" }), 0)).toMatchObject({
    route: "orders",
    version: " · v2",
  });
  expect(rowText(exchange({ route: null, version: null }), 0)).toMatchObject({
    route: "–",
    version: "",
  });
});

test("a request under way says for how long, in the place of its status", () => {
  const running = exchange({ ending: "running", duration_us: 300_000 });
  const began = running.started_at_us / 1000;
  expect(rowText(running, began + 1234)).toMatchObject({ status: "1.2 s", ms: "1,234…" });
  // A clock that is behind the gateway's does not make it younger than it was told to be.
  expect(rowText(running, began - 5000)).toMatchObject({ status: "0.3 s", ms: "300…" });
  expect(rowText(running, began).statusLabel).toBe("200, still running");
});

test("for how long is said as shortly as there is room for", () => {
  const said = [400, 9940, 9960, 99_900, 100_000, 5_999_000, 6_000_000, 360_000_000].map(
    elapsedText,
  );
  expect(said).toEqual(["0.4 s", "9.9 s", "9 s", "99 s", "1 min", "99 min", "1 h", "100 h"]);
});
