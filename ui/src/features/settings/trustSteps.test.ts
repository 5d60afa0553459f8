import { expect, test } from "vitest";
import { systemOf, trustSteps } from "./trustSteps.ts";

const AUTHORITY = {
  path: "/home/ann/my data/local-ca.pem",
  name: "Gatewright local authority",
};

test.each(["linux", "macos", "windows"] as const)("each step on %s can be taken back", (system) => {
  const steps = trustSteps(system, AUTHORITY);
  expect(steps.length).toBeGreaterThan(0);
  for (const { trust, undo } of steps) {
    expect(trust).toContain("local-ca.pem");
    expect(undo).not.toBe("");
    expect(undo).not.toBe(trust);
  }
});

test("a path with spaces is one word in every command", () => {
  for (const system of ["linux", "macos"] as const) {
    for (const { trust } of trustSteps(system, AUTHORITY)) {
      expect(trust).toContain("'/home/ann/my data/local-ca.pem'");
    }
  }
  for (const { trust } of trustSteps("windows", AUTHORITY)) {
    expect(trust).toContain('"/home/ann/my data/local-ca.pem"');
  }
});

test("a quote in a path ends no word", () => {
  const [first] = trustSteps("macos", { ...AUTHORITY, path: "/home/o'neil/ca.pem" });
  expect(first?.trust).toContain(String.raw`'/home/o'\''neil/ca.pem'`);
});

test("the system is told by what the browser says", () => {
  expect(systemOf("Mozilla/5.0 (Windows NT 10.0; Win64; x64)")).toBe("windows");
  expect(systemOf("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)")).toBe("macos");
  expect(systemOf("Mozilla/5.0 (X11; Linux x86_64)")).toBe("linux");
});
