import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { fakeGateway, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const save = () => page.getByRole("button", { name: "Save" }).first();
const discard = page.getByRole("button", { name: "Discard changes" });

test("a number that cannot be read is not left out silently: it gets the focus, nothing is saved", async () => {
  await openApp("/settings");
  await field("Address").fill("127.0.0.2");
  await field("Port").fill("80a");
  await save().click();
  await expect.element(field("Port")).toHaveFocus();
  await expect.element(field("Port")).toHaveAccessibleDescription("Enter a whole number.");
  expect(gateway.calls.some(({ method }) => method === "PUT")).toBe(false);
});

test("discarding brings back what is in force, also where a field holds no number", async () => {
  await openApp("/settings");
  await field("Address").fill("127.0.0.2");
  await field("Port").fill("80a");
  await discard.click();
  await expect.element(field("Address")).toHaveValue("127.0.0.1");
  await expect.element(field("Port")).toHaveValue("8080");
  await expect.element(save()).toHaveFocus();
});

test("the focus stays at Save after saving", async () => {
  await openApp("/settings");
  await field("Port").fill("9090");
  await save().click();
  await expect.poll(() => gateway.config.listen.port).toBe(9090);
  await expect.element(save()).toHaveAccessibleDescription("Nothing has changed.");
  await expect.element(save()).toHaveFocus();
});

test("typing back what is in force is no change", async () => {
  await openApp("/settings");
  await field("Port").fill("9090");
  await expect.element(discard).toBeVisible();
  await field("Port").fill("8080");
  await expect.element(discard).not.toBeInTheDocument();
  await expect.element(save()).toHaveAccessibleDescription("Nothing has changed.");
});

test("a change made elsewhere to another field of the same section is kept", async () => {
  await openApp("/settings");
  await field("Port").fill("9090");
  gateway.revision = 4;
  gateway.config.listen = { ...gateway.config.listen, max_request_body_bytes: 1024 };
  await save().click();
  await expect.element(page.getByText(/changed elsewhere and has been loaded again/)).toBeVisible();
  await expect.element(field("Largest request body")).toHaveValue("1");
  await save().click();
  await expect
    .poll(() => gateway.config.listen)
    .toMatchObject({ port: 9090, max_request_body_bytes: 1024 });
});

test("a port that is taken comes with one that is free", async () => {
  gateway.answers["PUT /config"] = () =>
    refuse({
      code: "port_in_use",
      status: 409,
      detail: "port 9090 is used by `java` (pid 9); port 9091 is free.",
      port_in_use: { port: 9090, holder: { name: "java", pid: 9 }, free: 9091 },
    });
  await openApp("/settings");
  await field("Port").fill("9090");
  await save().click();
  await page.getByRole("button", { name: "Use 9091" }).click();
  await expect.element(field("Port")).toHaveValue("9091");
  await expect.element(page.getByText(/Port 9090 is used by/)).not.toBeInTheDocument();
  await expect.element(save()).toHaveFocus();
  delete gateway.answers["PUT /config"];
  await save().click();
  await expect.poll(() => gateway.config.listen.port).toBe(9091);
});

test("where the port for HTTPS is taken, it is the one that is led out", async () => {
  gateway.answers["PUT /config"] = () =>
    refuse({
      code: "port_in_use",
      status: 409,
      port_in_use: { port: 8443, holder: null, free: 8445 },
    });
  await openApp("/settings");
  await page.getByRole("switch", { name: "HTTPS too" }).click();
  await save().click();
  await page.getByRole("button", { name: "Use 8445" }).click();
  await expect.element(field("HTTPS port")).toHaveValue("8445");
  await expect.element(field("Port")).toHaveValue("8080");
});

test("the settings scroll in their place, never the window", async () => {
  await openApp("/settings");
  await expect.element(field("Port")).toBeVisible();
  const { scrollHeight, clientHeight } = document.documentElement;
  expect(scrollHeight).toBe(clientHeight);
});
