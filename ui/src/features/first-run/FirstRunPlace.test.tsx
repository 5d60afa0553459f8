import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse, STATUS } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { KONG_REPORT } from "../history/import/fixtures.ts";
import type { Scan } from "./queries.ts";

const SCAN: Scan = {
  checked: 6,
  took_us: 31_000,
  found: [
    {
      port: 3000,
      url: "http://127.0.0.1:3000",
      process: { name: "node", pid: 77 },
      answer: { kind: "http", status: 200, took_us: 8000, title: "Shop <b>API</b>" },
    },
    {
      port: 8000,
      url: "http://127.0.0.1:8000",
      answer: { kind: "http", status: 404, took_us: 3000 },
    },
    {
      port: 5432,
      url: "http://127.0.0.1:5432",
      answer: { kind: "skipped", reason: "usually PostgreSQL" },
    },
  ],
};

const gateway = fakeGateway({ scan: SCAN });
const asked: unknown[] = [];

/** The window as it opens for the first time. */
async function openFirst() {
  asked.length = 0;
  gateway.status = { ...STATUS, gateway: { state: "stopped" }, log: { rows: 0, bytes: 0 } };
  gateway.answers["POST /first-route"] = (body) => {
    asked.push(body);
    gateway.config = {
      ...gateway.config,
      routes: [{ name: "service-3000" } as (typeof gateway.config.routes)[number]],
    };
    return json({
      url: "http://127.0.0.1:8080",
      service: "service-3000",
      route: "service-3000",
      gateway: { state: "running", address: "127.0.0.1:8080" },
      revision: 2,
      warnings: [],
    });
  };
  const opened = await openApp("/");
  await expect.element(page.getByText("checked 6 ports in 31 ms")).toBeVisible();
  return opened;
}

const radio = (name: RegExp | string) => page.getByRole("radio", { name });

test.each(["light", "dark"])("the first screen is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openFirst();
  await expectAccessible();
});

test("Enter alone puts the gateway in front of the likeliest service", async () => {
  const { router } = await openFirst();
  await expect.element(radio(/:3000/)).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
  expect(asked).toEqual([{ target: { kind: "url", url: "http://127.0.0.1:3000" }, port: 8080 }]);
});

test("arrows choose another service, or the echo service", async () => {
  await openFirst();
  await expect.element(radio(/:3000/)).toHaveFocus();
  await userEvent.keyboard("{ArrowDown}");
  await expect.element(radio(/:8000/)).toBeChecked();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  await expect.poll(() => asked).toEqual([{ target: { kind: "echo" }, port: 8080 }]);
});

test("typing an address chooses it, and a port is enough", async () => {
  await openFirst();
  await page.getByRole("textbox", { name: "Address of the service" }).fill("4000");
  await userEvent.keyboard("{Enter}");
  await expect
    .poll(() => asked)
    .toEqual([{ target: { kind: "url", url: "http://127.0.0.1:4000" }, port: 8080 }]);
});

test("no address at all is asked for, and nothing is sent", async () => {
  await openFirst();
  await radio("Another address").click();
  await userEvent.keyboard("{Enter}");
  await expect.element(page.getByText("Type the service’s address.")).toBeVisible();
  expect(asked).toEqual([]);
});

test("a taken port names its holder before anything is pressed, and another is used", async () => {
  await openFirst();
  await page.getByRole("textbox", { name: "Gateway port" }).fill("3000");
  await expect.element(page.getByText("Port 3000 is used by node (pid 77)")).toBeVisible();
  await page.getByRole("button", { name: "Use 3001" }).click();
  await expect.element(page.getByRole("textbox", { name: "Gateway port" })).toHaveValue("3001");
  await page.getByRole("button", { name: /Start gateway/ }).click();
  await expect.poll(() => asked).toMatchObject([{ port: 3001 }]);
});

test("a port that was taken in between is said at the port, with one that is free", async () => {
  await openFirst();
  gateway.answers["POST /first-route"] = () =>
    refuse({
      code: "port_in_use",
      status: 409,
      detail: "port 8080 is used by `java` (pid 9); port 8090 is free.",
      port_in_use: { port: 8080, holder: { name: "java", pid: 9 }, free: 8090 },
    });
  await page.getByRole("button", { name: /Start gateway/ }).click();
  await expect.element(page.getByText("Port 8080 is used by java (pid 9)")).toBeVisible();
  await expect.element(page.getByRole("button", { name: "Use 8090" })).toBeVisible();
});

test("what is wrong with an address is said under it", async () => {
  await openFirst();
  gateway.answers["POST /first-route"] = () =>
    refuse({
      code: "config_refused",
      status: 422,
      issues: [
        {
          path: "services[0].targets[0].url",
          severity: "error",
          message: "targets over TLS are not supported; use `http://`",
        },
      ],
    });
  const address = page.getByRole("textbox", { name: "Address of the service" });
  await address.fill("https://example.com");
  await userEvent.keyboard("{Enter}");
  await expect.element(address).toHaveAttribute("aria-invalid", "true");
  await expect.element(address).toHaveAccessibleDescription(/Targets over TLS are not supported/);
});

test("what a service calls itself is shown as text", async () => {
  await openFirst();
  await expect.element(page.getByText("Shop <b>API</b>")).toBeVisible();
});

test("a rescan finds what was started since, and by hand leads to Routes", async () => {
  const { router } = await openFirst();
  gateway.scan = { ...SCAN, checked: 7 };
  await page.getByRole("button", { name: "Rescan" }).click();
  await expect.element(page.getByText(/checked 7 ports/)).toBeVisible();
  await page.getByRole("link", { name: "set up by hand" }).click();
  await expect.poll(() => router.state.location.pathname).toBe("/routes");
});

test("a file dropped anywhere is looked over, then taken over with the gateway started", async () => {
  const { router } = await openFirst();
  const report = { ...KONG_REPORT, changes: ["route `orders` added"] };
  gateway.answers["POST /import"] = (body: { dry_run?: boolean }) => {
    if (body.dry_run) return json(report);
    gateway.revision += 1;
    gateway.config = {
      ...gateway.config,
      routes: [{ name: "orders" } as (typeof gateway.config.routes)[number]],
    };
    return json({ ...report, revision: gateway.revision });
  };
  const files = new DataTransfer();
  files.items.add(new File(["openapi: 3.1.0"], "shop.yaml"));
  const form = page.getByRole("form", { name: "First run" }).element();
  form.dispatchEvent(
    new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }),
  );
  await page.getByRole("button", { name: "Import 2 routes" }).click();
  await expect.poll(() => router.state.location.pathname).toBe("/traffic");
  const paths = gateway.calls.map(({ path }) => path);
  expect(paths).toContain("/gateway/start");
});
