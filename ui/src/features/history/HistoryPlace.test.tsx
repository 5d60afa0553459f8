import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { EMPTY_REPORT } from "./import/fixtures.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();

/** Three revisions, the last in force. */
beforeEach(() => {
  const revision = (number: number, port: number, changes: string[]) => ({
    info: { number, actor: "ui" as const, at_us: Date.now() * 1000, note: `note ${number}` },
    config: { ...gateway.config, listen: { ...gateway.config.listen, port } },
    changes,
  });
  gateway.past = [
    revision(1, 8080, []),
    revision(2, 8081, ["gateway address `127.0.0.1:8080` → `127.0.0.1:8081`"]),
    revision(3, 8082, [
      "gateway address `127.0.0.1:8081` → `127.0.0.1:8082`",
      "bodies no longer recorded",
    ]),
  ];
  gateway.revision = 3;
  gateway.config = gateway.past[2]?.config ?? gateway.config;
  // A write becomes a revision, as in the gateway.
  const of = (text: string) => {
    const valid = !text.includes("wrong");
    const issues = valid
      ? []
      : [{ path: "routes[0].nmae", severity: "error" as const, message: "unknown field `nmae`" }];
    return { valid, issues, changes: valid ? ["route `<i>orders</i>` added"] : [] };
  };
  gateway.answers["POST /config/import"] = (body: { yaml: string }) => json(of(body.yaml));
  gateway.answers["POST /import"] = (body: { text: string; dry_run?: boolean }) => {
    const found = { ...EMPTY_REPORT, ...of(body.text) };
    if (body.dry_run) return json(found);
    gateway.revision += 1;
    return json({ ...found, revision: gateway.revision });
  };
});

test.each(["light", "dark"])("changes and one of them are accessible in %s", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openApp("/history?sel=2");
  await expect.element(page.getByRole("heading", { name: "Revision 2" })).toBeVisible();
  await expectAccessible();
});

test("each change is a sentence, with how many more", async () => {
  await openApp("/history");
  const rows = page.getByRole("row");
  await expect
    .element(rows.nth(1))
    .toHaveTextContent(/3.*in force.*127\.0\.0\.1:8082\. and 1 more change.*here/);
  await expect.element(rows.nth(3)).toHaveTextContent("Note 1.");
});

test("restoring says first what it changes, and goes by the revision in force", async () => {
  await openApp("/history?sel=1");
  await page.getByRole("button", { name: "Restore…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Restore revision 1?" });
  await expect
    .element(dialog.getByRole("listitem"))
    .toHaveTextContent("Route <i>orders</i> added.");
  expect(gateway.config.listen.port).toBe(8082);
  await dialog.getByRole("button", { name: "Restore" }).click();
  await expect.element(dialog).not.toBeInTheDocument();
  expect(gateway.config.listen.port).toBe(8080);
  expect(gateway.calls.findLast(({ path }) => path === "/revisions/1/restore")?.ifMatch).toBe(
    '"3"',
  );
});

test("a restore that comes too late changes nothing and says so", async () => {
  await openApp("/history?sel=1");
  await page.getByRole("button", { name: "Restore…" }).click();
  gateway.revision = 9;
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  await expect.element(page.getByRole("alertdialog").getByRole("alert")).toBeVisible();
  expect(gateway.config.listen.port).toBe(8082);
});

test("Ctrl+Z goes back step by step, and Shift brings it back again", async () => {
  await openApp("/history");
  await expect.element(page.getByRole("row").nth(1)).toBeVisible();
  const port = () => gateway.config.listen.port;
  await userEvent.keyboard("{Control>}z{/Control}");
  await expect.element(page.getByText(/^Undone: gateway address 127.0.0.1:8081 →/)).toBeVisible();
  expect(port()).toBe(8081);
  await userEvent.keyboard("{Control>}z{/Control}");
  await expect.poll(port).toBe(8080);
  await expect.element(page.getByText(/^Undone: gateway address 127.0.0.1:8080 →/)).toBeVisible();
  await userEvent.keyboard("{Control>}{Shift>}z{/Shift}{/Control}");
  await expect.poll(port).toBe(8081);
  await userEvent.keyboard("{Control>}{Shift>}z{/Shift}{/Control}");
  await expect.poll(port).toBe(8082);
  await userEvent.keyboard("{Control>}{Shift>}z{/Shift}{/Control}");
  await expect.element(page.getByText("There is nothing to redo")).toBeVisible();
});

test("Ctrl+Z in a field is the field's own", async () => {
  await openApp("/history?show=import");
  const area = page.getByRole("textbox", { name: "Configuration to import" });
  await area.fill("version: 1");
  await userEvent.keyboard("{Control>}z{/Control}");
  expect(gateway.config.listen.port).toBe(8082);
  expect(gateway.calls.some(({ path }) => path.endsWith("/restore"))).toBe(false);
});

test("the configuration is shown as the file it is", async () => {
  gateway.answers["GET /config/yaml"] = () => new Response("version: 1\n# <b>not bold</b>\n");
  await openApp("/history?show=yaml");
  const file = page.getByRole("region", { name: "gatewright.yaml" });
  await expect.element(file).toHaveTextContent("# <b>not bold</b>");
  await expect.element(page.getByRole("button", { name: "Download" })).toBeVisible();
  await expectAccessible();
});

test("a file that is wrong says everything that is, with its place, and is not imported", async () => {
  await openApp("/history?show=import");
  await page.getByRole("textbox", { name: "Configuration to import" }).fill("wrong: 1");
  await expect.element(page.getByText("Unknown field nmae.")).toBeVisible();
  await expect.element(page.getByText("routes[0].nmae")).toBeVisible();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect
    .element(page.getByRole("textbox", { name: "Configuration to import" }))
    .toHaveFocus();
  expect(gateway.revision).toBe(3);
  await expectAccessible();
});

test("a file says what it changes before it is imported", async () => {
  const { router } = await openApp("/history?show=import");
  await page.getByRole("textbox", { name: "Configuration to import" }).fill("version: 1");
  await expect.element(page.getByText("Route <i>orders</i> added.")).toBeVisible();
  expect(gateway.revision).toBe(3);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect.poll(() => gateway.revision).toBe(4);
  await expect.poll(() => router.state.location.search).toEqual({});
});

test("an import that comes too late keeps the text", async () => {
  await openApp("/history?show=import");
  const area = page.getByRole("textbox", { name: "Configuration to import" });
  await area.fill("version: 1");
  await expect.element(page.getByText(/What it changes/)).toBeVisible();
  const usual = gateway.answers["POST /import"];
  gateway.answers["POST /import"] = (body: never, url) =>
    (body as { dry_run?: boolean }).dry_run && usual
      ? usual(body, url)
      : refuse({ code: "config_conflict", status: 412 });
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect.element(page.getByText(/was changed elsewhere meanwhile/)).toBeVisible();
  await expect.element(area).toHaveValue("version: 1");
});
