import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const AUTHORITY = {
  name: "Gatewright local authority",
  path: "/data/local-ca.pem",
  fingerprint: "4F:8A:11:00:9C:2E:77:D0:31:BE:5A:F6:02:C4:98:EE:4F:8A:11:00:9C:2E:77:D0:31:BE",
  not_after_us: Date.UTC(2036, 10, 23) * 1000,
  pem: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
};

function openTrust() {
  gateway.answers["GET /local-ca"] = () => json(AUTHORITY);
  return openApp("/settings/certificate");
}

const block = (label: string) => page.getByRole("region", { name: label }).first();

test.each(["light", "dark"])("the page is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openTrust();
  await expect.element(page.getByText(AUTHORITY.path).first()).toBeVisible();
  await expectAccessible();
});

test("the certificate is told apart by its file, its fingerprint and its end", async () => {
  await openTrust();
  const main = page.getByRole("main");
  await expect.element(main).toHaveTextContent(AUTHORITY.path);
  await expect.element(main).toHaveTextContent(AUTHORITY.fingerprint);
  await expect.element(main).toHaveTextContent("2036");
});

test("every system has its commands, and what takes them back", async () => {
  await openTrust();
  await page.getByRole("radio", { name: "Linux" }).click();
  await expect.element(block("Trust")).toHaveTextContent("sudo update-ca-certificates");
  await expect.element(block("Undo")).toHaveTextContent("sudo update-ca-certificates --fresh");
  await page.getByRole("radio", { name: "macOS" }).click();
  await expect.element(block("Trust")).toHaveTextContent("security add-trusted-cert");
  await expect.element(block("Undo")).toHaveTextContent("security remove-trusted-cert");
  await page.getByRole("radio", { name: "Windows" }).click();
  await expect.element(block("Trust")).toHaveTextContent("certutil -user -addstore Root");
  await expect.element(block("Undo")).toHaveTextContent("certutil -user -delstore Root");
});

test("without an authority it is said when there will be one", async () => {
  gateway.answers["GET /local-ca"] = () => refuse({ code: "not_found", status: 404 });
  await openApp("/settings/certificate");
  await expect.element(page.getByText("There is no authority yet")).toBeVisible();
});

test("the settings lead there and it leads back", async () => {
  gateway.config = {
    ...gateway.config,
    listen: { ...gateway.config.listen, https: { port: 8443 } },
  };
  gateway.answers["GET /local-ca"] = () => json(AUTHORITY);
  await openApp("/settings");
  await page.getByRole("link", { name: "Trust the certificate…" }).click();
  await expect
    .element(page.getByRole("heading", { name: "Trust the local authority" }))
    .toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Settings" }).click();
  await expect.element(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});
