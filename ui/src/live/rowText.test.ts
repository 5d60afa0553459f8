import { expect, test } from "vitest";
import { exchange } from "./fixtures.ts";
import { rowText } from "./rowText.ts";

test("beside its route, a request says which version of it answered", () => {
  expect(rowText(exchange({ route: "orders", version: "v2" }))).toMatchObject({
    route: "orders",
    version: " · v2",
  });
  expect(rowText(exchange({ route: null, version: null }))).toMatchObject({
    route: "–",
    version: "",
  });
});
