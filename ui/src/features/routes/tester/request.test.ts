import { expect, test } from "vitest";
import { lineOf, readHeaders, requestFromLog, requestOf, wholeUrl } from "./request.ts";

test("a line is a method, if one is given, and a URL", () => {
  expect(requestOf("POST /orders?a=1")).toEqual({
    method: "POST",
    url: "/orders?a=1",
    headers: "",
  });
  expect(requestOf("/orders")).toEqual({ method: "GET", url: "/orders", headers: "" });
  expect(requestOf("")).toEqual({ method: "GET", url: "", headers: "" });
  expect(requestOf("HEAD")).toEqual({ method: "HEAD", url: "", headers: "" });
  expect(lineOf(requestOf(""))).toBe("GET");
  expect(lineOf(requestOf("M-SEARCH http://h/x"))).toBe("M-SEARCH http://h/x");
});

test("a path is asked of the gateway, as it is typed", () => {
  const whole = (url: string) => wholeUrl(url, "http://127.0.0.1:8080");
  expect(whole("/a/../b%2e")).toBe("http://127.0.0.1:8080/a/../b%2e");
  expect(whole("?x=1")).toBe("http://127.0.0.1:8080/?x=1");
  expect(whole("shop.test/a")).toBe("http://shop.test/a");
  expect(whole("https://shop.test/a")).toBe("https://shop.test/a");
});

test("headers are read by line, and the first that is none is named", () => {
  expect(readHeaders("X-Beta: 1\n\n accept:  text/html \nEmpty:").lines).toEqual([
    { name: "X-Beta", value: "1" },
    { name: "accept", value: "text/html" },
    { name: "Empty", value: "" },
  ]);
  expect(readHeaders("X-Beta").problem).toContain("`X-Beta` is no header");
});

test("a request of the log keeps its host, query and headers", () => {
  const summary = { method: "GET", host: "shop.test:8080", path: "/a", query: "x=1" };
  const headers = [
    { name: "Host", value: "shop.test:8080" },
    { name: "x-beta", value: "1" },
  ];
  expect(requestFromLog(summary, headers)).toEqual({
    method: "GET",
    url: "http://shop.test:8080/a?x=1",
    headers: "x-beta: 1",
  });
});
