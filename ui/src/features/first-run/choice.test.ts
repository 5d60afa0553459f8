import { expect, test } from "vitest";
import { addressUrl, portUse, preselected } from "./choice.ts";
import type { Scan } from "./queries.ts";

const scan: Scan = {
  checked: 3,
  took_us: 1000,
  found: [
    { port: 5432, url: "http://127.0.0.1:5432", answer: { kind: "no_http", reason: "no" } },
    {
      port: 8080,
      url: "http://127.0.0.1:8080",
      process: { name: "node", pid: 4121 },
      answer: { kind: "http", status: 200, took_us: 8000 },
    },
    { port: 8081, url: "http://127.0.0.1:8081", answer: { kind: "skipped", reason: "no" } },
  ],
};

test("the first service that speaks HTTP is chosen, or the echo service", () => {
  expect(preselected(scan)).toEqual({ kind: "found", port: 8080 });
  expect(preselected({ ...scan, found: scan.found.slice(0, 1) })).toEqual({ kind: "echo" });
  expect(preselected(undefined)).toEqual({ kind: "echo" });
});

test("a taken port names its holder and the next that is free", () => {
  expect(portUse(scan, 8080)).toEqual({ busy: true, holder: "node (pid 4121)", free: 8082 });
  expect(portUse(scan, 8081)).toMatchObject({ busy: true, holder: "another process" });
  expect(portUse(scan, 9000).busy).toBe(false);
  expect(portUse(scan, 65_535).free).toBeNull();
});

test("a port or a host is enough of an address", () => {
  expect(addressUrl(" 3000 ")).toBe("http://127.0.0.1:3000");
  expect(addressUrl("localhost:3000/api")).toBe("http://localhost:3000/api");
  expect(addressUrl("https://example.com")).toBe("https://example.com");
  expect(addressUrl("")).toBe("");
});
