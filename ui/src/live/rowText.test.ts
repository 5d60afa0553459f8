import { expect, test } from "vitest";
import { exchange } from "./fixtures.ts";
import { rowText } from "./rowText.ts";

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
  expect(rowText(running, began + 1234)).toMatchObject({ status: "1.23 s", ms: "1,234…" });
  // A clock that is behind the gateway's does not make it younger than it was told to be.
  expect(rowText(running, began - 5000)).toMatchObject({ status: "300 ms", ms: "300…" });
  expect(rowText(running, began).statusLabel).toBe("200, still running");
});
