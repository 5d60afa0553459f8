import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { fakeGateway, json, refuse } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { EMPTY_REPORT, KONG_REPORT } from "./fixtures.ts";
import { expectAccessible } from "../../../../test/axe.ts";

const gateway = fakeGateway();
const text = page.getByRole("textbox", { name: "Configuration to import" });
const chooser = page.getByLabelText("Configuration file");

test("a chosen file is checked like a pasted one, and can be chosen again", async () => {
  gateway.answers["POST /import"] = ({ text: yaml }: { text: string }) =>
    json({ ...EMPTY_REPORT, changes: [`read ${yaml}`] });
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
  gateway.answers["POST /import"] = () =>
    refuse({ code: "body_too_large", status: 413, detail: "A body may have at most 8 bytes." });
  await openApp("/history?show=import");
  await text.fill("version: 1");
  await expect.element(page.getByText("A body may have at most 8 bytes.")).toBeVisible();
});

/** A file of Kong's, which the gateway says something of. */
async function openKong() {
  const asked: Asked[] = [];
  gateway.answers["POST /import"] = (body: Asked) => {
    asked.push(body);
    const skip = body.skip ?? [];
    const routes = KONG_REPORT.routes.map((route) =>
      skip.includes(route.name) ? { ...route, change: "skipped" as const } : route,
    );
    if (body.dry_run) return json({ ...KONG_REPORT, routes, mode: body.mode ?? "merge" });
    gateway.revision += 1;
    return json({ ...KONG_REPORT, routes, revision: gateway.revision });
  };
  const opened = await openApp("/history?show=import");
  await userEvent.upload(chooser, new File(["_format_version: '3.0'"], "kong.yml"));
  await expect.element(page.getByText("What is different here")).toBeVisible();
  return { asked, ...opened };
}

interface Asked {
  text: string;
  mode?: string;
  skip?: string[];
  upstreams?: { from: string; to: string }[];
  dry_run?: boolean;
}

test.each(["light", "dark"])(
  "what is said of a foreign file is accessible in %s",
  async (theme) => {
    document.documentElement.dataset.theme = theme;
    await openKong();
    await expectAccessible();
  },
);

test("each finding has its grade, its line and its words, as text only", async () => {
  await openKong();
  const row = page.getByRole("row", { name: /Less strict.*12/ });
  await expect.element(row).toHaveTextContent("plugins.acl");
  await expect.element(row).toHaveTextContent("<b>nobody</b>");
  await expect
    .element(page.getByText("Kong 3.0: 2 routes to 1 service (1 switched off)"))
    .toBeVisible();
});

test("addresses are given once for the whole file, and routes can be skipped", async () => {
  const { asked } = await openKong();
  await page.getByRole("button", { name: "All on this machine" }).click();
  await expect
    .element(page.getByRole("textbox", { name: /instead of http:\/\/shop:3000/ }))
    .toHaveValue("http://127.0.0.1:3000");
  await page.getByRole("checkbox", { name: "private" }).click();
  await page.getByRole("button", { name: "Import 1 route" }).click();
  const taken = () => asked.find(({ dry_run }) => dry_run === false);
  await expect.poll(taken).toBeDefined();
  expect(taken()).toMatchObject({
    skip: ["private"],
    upstreams: [{ from: "http://shop:3000", to: "http://127.0.0.1:3000" }],
  });
  expect(taken()?.mode).toBeUndefined();
});

test("a person says whether it joins what is there or takes its place", async () => {
  const { asked } = await openKong();
  await page.getByRole("radio", { name: "Replace services and routes" }).click();
  await expect.poll(() => asked.at(-1)?.mode).toBe("replace");
});

test("what would be read needs a word", async () => {
  gateway.answers["POST /import"] = (body: { allow_reads?: boolean }) =>
    json({ ...EMPTY_REPORT, valid: body.allow_reads === true, reads: ["the file `/etc/ca.pem`"] });
  await openApp("/history?show=import");
  await text.fill("version: 1");
  await expect.element(page.getByText("read the file /etc/ca.pem")).toBeVisible();
  await page.getByRole("switch", { name: "It may read them" }).click();
  await expect.element(page.getByText("What it changes")).toBeVisible();
});

test("a program of a file is named, and runs with a word", async () => {
  const asked: { allow_runs?: boolean }[] = [];
  gateway.answers["POST /import"] = (body: { allow_runs?: boolean }) => {
    asked.push(body);
    return json({ ...EMPTY_REPORT, format: "procfile", runs: ["`npm start` for service `web`"] });
  };
  await openApp("/history?show=import");
  await text.fill("web: npm start");
  await expect.element(page.getByText("npm start for service web")).toBeVisible();
  await page.getByRole("switch", { name: "They may run" }).click();
  await expect.poll(() => asked.at(-1)?.allow_runs).toBe(true);
});

test("a Procfile's commands run in the folder a person names, which has to be there", async () => {
  const asked: { folder?: string; dry_run: boolean }[] = [];
  gateway.answers["POST /import"] = (body: { folder?: string; dry_run: boolean }) => {
    asked.push(body);
    const there = body.folder === "/srv/shop";
    const message = "there is no folder `/srv/sho` on this machine";
    return json({
      ...EMPTY_REPORT,
      format: "procfile",
      valid: there || body.folder === undefined,
      issues:
        there || body.folder === undefined ? [] : [{ severity: "error", path: "folder", message }],
      changes: ["service `web` added"],
      ...(!body.dry_run && { revision: 2 }),
    });
  };
  await openApp("/history?show=import");
  await text.fill("web: npm start");
  const folder = page.getByRole("textbox", { name: "Folder its commands run in" });
  await folder.fill("/srv/sho");
  await expect.element(folder).toHaveAccessibleDescription(/there is no folder/);
  await expect.element(page.getByText("What is wrong with it")).not.toBeInTheDocument();
  await folder.fill("/srv/shop");
  await expect.element(page.getByText("What it changes")).toBeVisible();
  await expectAccessible();
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await expect.poll(() => asked.find(({ dry_run }) => !dry_run)?.folder).toBe("/srv/shop");
});

test("a file too long for an editor is named, not shown", async () => {
  gateway.answers["POST /import"] = () => json(KONG_REPORT);
  await openApp("/history?show=import");
  const long = `openapi: 3.1.0\n# ${"x".repeat(300_000)}`;
  await userEvent.upload(chooser, new File([long], "large.json"));
  await expect.element(page.getByText("large.json")).toBeVisible();
  await expect.element(text).not.toBeInTheDocument();
  await page.getByRole("button", { name: "Remove" }).click();
  await expect.element(text).toHaveValue("");
});
