import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const text = page.getByRole("textbox", { name: "Configuration to import" });
const chooser = page.getByLabelText("Configuration file");

test("a chosen file is checked like a pasted one, and can be chosen again", async () => {
  gateway.answers["POST /config/import"] = ({ yaml }: { yaml: string }) =>
    json({ valid: true, issues: [], changes: [`read ${yaml}`] });
  await openApp("/history?show=import");
  await userEvent.upload(chooser, new File(["version: 1"], "gatewright.yaml"));
  await expect.element(text).toHaveValue("version: 1");
  await expect.element(page.getByText("Read version: 1.")).toBeVisible();
  await text.fill("");
  await userEvent.upload(chooser, new File(["version: 1"], "gatewright.yaml"));
  await expect.element(text).toHaveValue("version: 1");
});

test("a file that is no text says so and leaves what is there", async () => {
  await openApp("/history?show=import");
  await text.fill("version: 1");
  await userEvent.upload(chooser, new File([new Uint8Array([0xff, 0xfe])], "photo.yaml"));
  await expect.element(page.getByText("photo.yaml was not read")).toBeVisible();
  await expect.element(page.getByText("It is no text in UTF-8.")).toBeVisible();
  await expect.element(text).toHaveValue("version: 1");
});

test("a text the gateway will not take says why", async () => {
  gateway.answers["POST /config/import"] = () =>
    refuse({ code: "body_too_large", status: 413, detail: "A body may have at most 8 bytes." });
  await openApp("/history?show=import");
  await text.fill("version: 1");
  await expect.element(page.getByText("A body may have at most 8 bytes.")).toBeVisible();
});
