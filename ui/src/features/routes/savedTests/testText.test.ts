import { expect, test } from "vitest";
import type { SavedTestResult } from "./queries.ts";
import { besidesText, countText, lineOfTest, sameTest } from "./testText.ts";

const result = (outcome: SavedTestResult["outcome"]): SavedTestResult => ({
  path: "",
  route: "orders",
  test: { request: "GET /" },
  outcome,
  now: null,
  now_version: null,
  sentence: "",
});

test("tests are counted, with how they turn out once that is known", () => {
  const [passes, fails] = [result("passes"), result("no_route")];
  expect(countText(0, undefined)).toBe("none");
  expect(countText(14, undefined)).toBe("14 saved tests");
  expect(countText(1, [passes])).toBe("1 saved test: passes");
  expect(countText(1, [fails])).toBe("1 saved test: fails");
  expect(countText(2, [passes, passes])).toBe("2 saved tests: 2 pass");
  expect(countText(2, [passes, fails])).toBe("2 saved tests: 1 pass, 1 fail");
  // Those of another draft say nothing.
  expect(countText(2, [passes])).toBe("2 saved tests");
});

test("what is not said is the same as nothing", () => {
  const full = { request: "GET /", host: null, headers: [], version: null };
  expect(sameTest({ request: "GET /" }, full)).toBe(true);
  expect(sameTest({ request: "GET /", version: "v1" }, full)).toBe(false);
});

test("a test is a line of the tester, with its host", () => {
  expect(lineOfTest({ request: "GET /a?b=1" })).toBe("GET /a?b=1");
  const beta = { request: "GET /a", host: "shop", headers: [{ name: "x", value: "1" }] };
  expect(lineOfTest(beta)).toBe("GET http://shop/a");
  expect(besidesText(beta)).toBe("on `shop`, with `x: 1`");
});
