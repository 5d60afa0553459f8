import { beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const dialog = page.getByRole("alertdialog", { name: "Restore revision 1?" });
const button = (name: string) => page.getByRole("button", { name, exact: true });

/** Two revisions, the second in force. */
beforeEach(() => {
  gateway.past = [1, 2].map((number) => ({
    info: { number, actor: "file", at_us: 1_700_000_000_000_000, note: `note \`${number}\`` },
    config: gateway.config,
    changes: [`change \`${number}\``],
  }));
  gateway.revision = 2;
  gateway.answers["POST /config/import"] = () =>
    json({ valid: true, issues: [], changes: ["route `orders` removed"] });
});

async function ask() {
  await openApp("/history?sel=1");
  await button("Restore…").click();
  await expect.element(dialog).toBeVisible();
}

test("a revision tells when, who and with which note", async () => {
  await openApp("/history?sel=1");
  const detail = page.getByRole("region", { name: "Revision 1" });
  await expect.element(detail).toHaveTextContent(/2023.*· configuration file.*Note 1\./);
  await expect.element(detail.getByRole("listitem")).toHaveTextContent("Change 1.");
});

test("the difference is sought with the configuration of that revision, changing nothing", async () => {
  const [first, second] = gateway.past;
  if (!first || !second) throw new Error("two revisions are needed");
  gateway.past = [{ ...first, config: { ...gateway.config, version: 7 } }, second];
  await ask();
  await expect.element(dialog.getByRole("listitem")).toHaveTextContent("Route orders removed.");
  const { body } = gateway.calls.findLast(({ path }) => path === "/config/import") ?? {};
  expect(body).toEqual({
    yaml: JSON.stringify({ ...gateway.config, version: 7 }),
    allow_reads: true,
    dry_run: true,
  });
  await expectAccessible();
});

test("what was restored is told, with Undo", async () => {
  gateway.answers["GET /revisions/3"] = () =>
    json({ ...gateway.past[0], changes: ["route `orders` removed"] });
  await ask();
  await button("Restore").click();
  await expect.element(page.getByText("Route orders removed", { exact: true })).toBeVisible();
  await button("Undo").click();
  await expect
    .poll(() => gateway.calls.filter(({ path }) => path.endsWith("/restore")))
    .toMatchObject([
      { path: "/revisions/1/restore", ifMatch: '"2"' },
      { path: "/revisions/2/restore", ifMatch: '"3"' },
    ]);
});

test("a revision that says the same is told as that, not as a change", async () => {
  gateway.answers["POST /config/import"] = () => json({ valid: true, issues: [], changes: [] });
  gateway.answers["POST /revisions/1/restore"] = () => json({ revision: 2, warnings: [] });
  await ask();
  await expect.element(dialog).toHaveTextContent("Nothing: the two revisions say the same.");
  await button("Restore").click();
  await expect.element(page.getByText("Revision 2 says the same already")).toBeVisible();
  await expect.element(dialog).not.toBeInTheDocument();
});

test("a revision that is wrong by now says where and stays out", async () => {
  const issues = [
    { path: "listen.port", severity: "error" as const, message: "`80` is below 1024" },
  ];
  gateway.answers["POST /config/import"] = () => json({ valid: false, issues, changes: [] });
  gateway.answers["POST /revisions/1/restore"] = () =>
    refuse({ code: "config_refused", status: 422, detail: "One thing is wrong.", issues });
  await ask();
  await expect.element(dialog).toHaveTextContent("It cannot be restored as things are now:");
  await button("Restore").click();
  await expect
    .element(dialog.getByRole("alert"))
    .toHaveTextContent("One thing is wrong.listen.port80 is below 1024.");
  expect(gateway.revision).toBe(2);
});

test("the palette restores the revision that is open, and offers nothing for the one in force", async () => {
  const typeInPalette = async () => {
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.keyboard("restore revision");
    await expect.element(page.getByRole("combobox")).toHaveValue("restore revision");
  };
  const { router } = await openApp("/history?sel=2");
  await expect.element(page.getByText("This revision is in force.")).toBeVisible();
  await typeInPalette();
  await expect
    .element(page.getByRole("option", { name: /Restore revision/ }))
    .not.toBeInTheDocument();
  await userEvent.keyboard("{Escape}");
  await router.navigate({ to: "/history", search: { sel: "1" } });
  await expect.element(button("Restore…")).toBeVisible();
  await typeInPalette();
  await page.getByRole("option", { name: /Restore revision 1/ }).click();
  await expect.element(dialog).toBeVisible();
});
