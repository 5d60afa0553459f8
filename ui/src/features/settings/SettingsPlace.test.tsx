import { expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse, STATUS } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const save = (at: number) => page.getByRole("button", { name: "Save" }).nth(at);

test.each(["light", "dark"])("settings are accessible in the %s theme", async (theme) => {
  localStorage.setItem("gatewright.preferences", JSON.stringify({ theme }));
  document.documentElement.dataset.theme = theme;
  await openApp("/settings");
  await expect.element(field("Port")).toHaveValue("8080");
  await expectAccessible();
});

test("the port and the largest body are saved on the revision they were read from", async () => {
  await openApp("/settings");
  await field("Port").fill("9090");
  await field("Largest request body").fill("5");
  await save(0).click();
  await expect.poll(() => gateway.config.listen.port).toBe(9090);
  expect(gateway.config.listen.max_request_body_bytes).toBe(5 * 1024 * 1024);
  expect(gateway.calls.findLast(({ method }) => method === "PUT")?.ifMatch).toBe('"1"');
  await expect.element(save(0)).toHaveAccessibleDescription("Nothing has changed.");
});

test("HTTPS is switched on beside HTTP, on a port of its own, and off again", async () => {
  await openApp("/settings");
  await page.getByRole("switch", { name: "HTTPS too" }).click();
  await expect.element(field("HTTPS port")).toHaveValue("8443");
  await field("HTTPS port").fill("9443");
  await save(0).click();
  await expect.poll(() => gateway.config.listen.https).toEqual({ port: 9443 });
  await page.getByRole("switch", { name: "HTTPS too" }).click();
  await save(0).click();
  await expect.poll(() => gateway.config.listen.https).toBeNull();
});

test("where HTTPS is served is said, and why it is not", async () => {
  gateway.config.listen.https = { port: 8443 };
  gateway.status = { ...STATUS, https: { state: "running", address: "127.0.0.1:8443" } };
  const { client } = await openApp("/settings");
  await expect.element(page.getByText("https://localhost:8443/")).toBeVisible();
  gateway.status = { ...STATUS, https: { state: "failed", message: "port 8443 is in use" } };
  await client.invalidateQueries({ queryKey: ["status"] });
  await expect.element(page.getByText("HTTPS is not served. Port 8443 is in use.")).toBeVisible();
});

test("each limit for callers is saved as what it is, in its smallest unit", async () => {
  await openApp("/settings");
  await field("Longest path and query").fill("8");
  await field("Largest headers").fill("32");
  await field("Most header fields").fill("50");
  await field("Time to send the headers").fill("5");
  await field("Time standing still").fill("2");
  await field("Most connections at once").fill("100");
  await save(0).click();
  await expect
    .poll(() => gateway.config.listen.limits)
    .toEqual({
      max_uri_bytes: 8 * 1024,
      max_header_bytes: 32 * 1024,
      max_headers: 50,
      header_read_timeout_ms: 5_000,
      idle_timeout_ms: 120_000,
      max_connections: 100,
    });
});

test("a limit beyond its bounds is said at its field and not saved", async () => {
  await openApp("/settings");
  await field("Most header fields").fill("7");
  await field("Port").fill("9090");
  await save(0).click();
  await expect.element(field("Most header fields")).toHaveFocus();
  await expect
    .element(field("Most header fields"))
    .toHaveAccessibleDescription(/^Enter 8 or more\./);
  expect(gateway.config.listen.port).toBe(8080);
});

test("what is wrong is said under its field, which gets the focus; the rest is listed", async () => {
  gateway.check = ({ listen }) =>
    listen.address === "127.0.0.1"
      ? []
      : [
          { path: "listen.address", severity: "error", message: "`nowhere` is no IP address" },
          { path: "echo.port", severity: "error", message: "the gateway listens on this port" },
        ];
  await openApp("/settings");
  await field("Address").fill("nowhere");
  await save(0).click();
  await expect.element(field("Address")).toHaveFocus();
  await expect.element(field("Address")).toHaveAccessibleDescription(/nowhere is no IP address/);
  await expect.element(page.getByText("The gateway listens on this port.")).toBeVisible();
  expect(gateway.config.listen.address).toBe("127.0.0.1");
});

test("a port that is taken is said, and what was typed stays", async () => {
  gateway.answers["PUT /config"] = () =>
    refuse({ code: "port_in_use", status: 409, detail: "port 9090 is used by `java` (pid 9)." });
  await openApp("/settings");
  await field("Port").fill("9090");
  await save(0).click();
  await expect.element(page.getByText(/Port 9090 is used by/)).toBeVisible();
  await expect.element(field("Port")).toHaveValue("9090");
});

test("after a conflict what was typed is kept, on what is in force now", async () => {
  await openApp("/settings");
  await field("Port").fill("9090");
  gateway.revision = 4;
  gateway.config = { ...gateway.config, recording: { ...gateway.config.recording, bodies: false } };
  await save(0).click();
  await expect.element(page.getByText(/changed elsewhere and has been loaded again/)).toBeVisible();
  await expect.element(field("Port")).toHaveValue("9090");
  await save(0).click();
  await expect.poll(() => gateway.config.listen.port).toBe(9090);
  expect(gateway.config.recording.bodies).toBe(false);
});

test("recording takes sizes, names and bounds", async () => {
  await openApp("/settings");
  await field("Of each body").fill("16");
  await field("Messages of each exchange").fill("20");
  await field("Also mask these headers").fill("x-session,  x-team");
  await field("Age").fill("7");
  await page.getByRole("switch", { name: "Offer metrics to Prometheus" }).click();
  await save(1).click();
  await expect
    .poll(() => gateway.config.recording)
    .toMatchObject({
      max_body_bytes: 16 * 1024,
      max_messages: 20,
      metrics: true,
      redact: { headers: ["x-session", "x-team"], fields: [] },
      retention: { max_age_days: 7, max_rows: 1_000_000 },
    });
});

test("an address that lets others in says so before it is saved", async () => {
  await openApp("/settings");
  await field("Address").fill("0.0.0.0");
  await expect.element(page.getByText(/Other machines can reach the gateway/)).toBeVisible();
});

test("clearing the log asks with the count, and says how many went", async () => {
  gateway.answers["DELETE /exchanges"] = () => {
    gateway.status = { ...STATUS, log: { rows: 0, bytes: 4096 } };
    return json({ removed: 3120 });
  };
  await openApp("/settings");
  await page.getByRole("button", { name: "Clear log…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Delete 3,120 requests from the log?" });
  await dialog.getByRole("button", { name: "Clear log" }).click();
  await expect.element(page.getByText("3,120 requests deleted")).toBeVisible();
  await expect.element(page.getByText("0 requests, 4.1 kB on disk")).toBeVisible();
});

test("appearance takes effect at once and is kept", async () => {
  await openApp("/settings");
  await page.getByRole("radio", { name: "Dark" }).click();
  await page.getByRole("radio", { name: "Compact" }).click();
  await page.getByRole("switch", { name: "Single letters are shortcuts" }).click();
  await userEvent.keyboard("gt");
  await expect.element(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("the system is asked for leave to notify when it is wanted, and a refusal is said", async () => {
  const asked = vi.fn<() => Promise<NotificationPermission>>();
  const stub = Object.assign(vi.fn(), { permission: "default", requestPermission: asked });
  vi.stubGlobal("Notification", stub);
  await openApp("/settings");
  const wanted = page.getByRole("switch", { name: "Notify me by the system" });
  await expect.element(wanted).not.toBeChecked();
  expect(asked).not.toHaveBeenCalled();
  asked.mockResolvedValueOnce("denied");
  await wanted.click();
  await expect.element(page.getByText(/Notifications are not allowed for this page/)).toBeVisible();
  await expect.element(wanted).not.toBeChecked();
  asked.mockResolvedValueOnce("granted");
  await wanted.click();
  await expect.element(wanted).toBeChecked();
  await wanted.click();
  await expect.element(wanted).not.toBeChecked();
  vi.unstubAllGlobals();
});
