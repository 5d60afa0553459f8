import { beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { defaultConsumer, defaultRoute, defaultService, events, queryKeys } from "@/api/index.ts";
import { setPreferences } from "@/app/preferences.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { fakeGateway, json, refuse } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";
import { exported, HAPROXY, KONG, NGINX, PROOF, proofJob } from "./fixtures.ts";
import type { Options } from "./queries.ts";

const gateway = fakeGateway();

beforeEach(() => {
  setPreferences({ exportTo: "" });
  gateway.config = {
    ...gateway.config,
    services: [defaultService("shop")],
    routes: [defaultRoute("orders"), defaultRoute("weekly")],
    consumers: [defaultConsumer("alice")],
  };
  gateway.answers["GET /export/products"] = () => json([KONG, NGINX, HAPROXY]);
  gateway.answers["GET /export/proof"] = () => json({ job: null });
  gateway.answers["GET /export/programs"] = () =>
    json([
      { product: "nginx", program: "nginx", path: "/usr/sbin/nginx" },
      { product: "haproxy", program: "haproxy", path: null },
    ]);
  for (const product of [KONG, NGINX, HAPROXY]) {
    gateway.answers[`POST /export/${product.id}`] = ({ options }: { options: Options }) =>
      json(exported(product, options.open, options.hashes));
  }
});

/** What was asked for last. */
const asked = () =>
  gateway.calls.findLast(
    ({ method, path }) => method === "POST" && /^\/export\/[a-z]+$/.test(path),
  );

const product = page.getByRole("combobox", { name: "Export to" });

async function choose(title: string) {
  await product.click();
  await page.getByRole("option", { name: title }).click();
}

const marked = () => document.querySelector<HTMLElement>("[data-marked]")?.dataset.marked;

test.each(["light", "dark"])("an export is accessible in %s", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openApp("/export?to=haproxy&file=haproxy.cfg&line=613");
  await expect.element(page.getByText(/26 settings are carried over exactly/)).toBeVisible();
  await expect.poll(marked).toBe("613");
  await expectAccessible();
});

test("G E goes there, and nothing is sent that was not decided", async () => {
  const { router } = await openApp("/history");
  await userEvent.keyboard("ge");
  await expect.element(page.getByRole("heading", { name: "Export", exact: true })).toBeVisible();
  expect(router.state.location.pathname).toBe("/export");
  await expect.poll(() => asked()?.path).toBe("/export/nginx");
  expect(asked()?.body).toEqual({ options: { open: [], hashes: false }, config: null });
});

test("the palette finds it by the name of a product", async () => {
  const { router } = await openApp("/history");
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.keyboard("haproxy");
  await expect.element(page.getByRole("option").first()).toHaveTextContent("Export to another");
  await userEvent.keyboard("{Enter}");
  await expect.poll(() => router.state.location.pathname).toBe("/export");
});

test("what matters most stands first, in words and as text", async () => {
  await openApp("/export");
  const headings = page.getByRole("heading", { level: 2 });
  await expect.element(headings.first()).toHaveTextContent(/Less strict than here/);
  expect(headings.elements().map(({ textContent }) => textContent)).toEqual([
    "Less strict than here1",
    "Approximated2",
    "Left out on purpose1",
    "Secrets to fill in",
    "Prove it",
    "Always different in NGINX",
  ]);
  await expect.element(page.getByText("Tried again <b>1</b> times at most.")).toBeVisible();
  await expect.element(page.getByText(/short HTML instead of/)).toBeInTheDocument();
});

test("the product is remembered", async () => {
  const { router } = await openApp("/export");
  await choose("HAProxy");
  await expect.element(page.getByRole("tab", { name: "haproxy.cfg" })).toBeVisible();
  await router.navigate({ to: "/history" });
  await router.navigate({ to: "/export" });
  await expect.element(product).toHaveTextContent("HAProxy");
  await expect.poll(() => asked()?.path).toBe("/export/haproxy");
});

test("a product that there is not is the first that there is", async () => {
  await openApp("/export?to=abacus");
  await expect.element(product).toHaveTextContent("NGINX");
});

test("a closed route is exported open only once a person says so, and says so then", async () => {
  const { router } = await openApp("/export");
  const open = page.getByRole("button", { name: "Export it open anyway: weekly" });
  await expect.element(page.getByText("closed, answers 403")).toBeVisible();
  await open.click();
  await expect.element(page.getByText("open, as you said", { exact: true })).toBeVisible();
  expect(asked()?.body).toEqual({ options: { open: ["weekly"], hashes: false }, config: null });
  await expect.element(page.getByText(/is exported open, as you said/)).toBeVisible();
  await expect.element(page.getByText(/--open weekly --prove/)).toBeInTheDocument();
  expect(router.state.location.search).toEqual({ open: "weekly" });
  await page.getByRole("button", { name: "Export it closed again: weekly" }).click();
  await expect.element(open).toBeVisible();
  expect(router.state.location.search).toEqual({});
});

test("what was opened for one product is closed for another", async () => {
  await openApp("/export?open=weekly");
  await expect.element(page.getByText("open, as you said", { exact: true })).toBeVisible();
  await choose("HAProxy");
  await expect.element(page.getByText("closed, answers 403")).toBeVisible();
  expect(asked()?.body).toMatchObject({ options: { open: [] } });
});

test("a finding shows its line, also with the keyboard alone", async () => {
  await openApp("/export");
  const finding = page.getByRole("button", { name: /Nothing is counted by calendar periods/ });
  await expect.element(finding).toBeVisible();
  finding.element().focus();
  await userEvent.keyboard("{Enter}");
  await expect.poll(marked).toBe("613");
  await expect.element(finding).toHaveAttribute("aria-current", "true");
  await expect.element(page.getByText("Line 613 of 1200")).toBeVisible();
  const file = page.getByRole("region", { name: "nginx.conf" }).element();
  const mark = document.querySelector("[data-marked]")?.getBoundingClientRect();
  const frame = file.getBoundingClientRect();
  expect(mark?.top).toBeGreaterThan(frame.top);
  expect(mark?.bottom).toBeLessThan(frame.bottom);
  await userEvent.keyboard("{ArrowDown}{Enter}");
  await expect.poll(marked).toBe("42");
  await expect.element(finding).toHaveAttribute("aria-current", "false");
});

test("the marked line is the one with its number", async () => {
  await openApp("/export?file=nginx.conf&line=613");
  await expect.poll(marked).toBe("613");
  const [numbers, text] = document.querySelectorAll("[role=region] pre:not([aria-label])");
  const mark = document.querySelector("[data-marked]")?.getBoundingClientRect();
  for (const [block, part] of [
    [numbers, "613"],
    [text, "# nginx.conf, line 613 of it"],
  ] as const) {
    const node = block?.firstChild;
    if (!node) throw new Error("There is no text.");
    const start = (node.textContent ?? "").indexOf(part);
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + part.length);
    const box = range.getBoundingClientRect();
    const middle = (box.top + box.bottom) / 2;
    expect(middle).toBeGreaterThan(mark?.top ?? Number.NaN);
    expect(middle).toBeLessThan(mark?.bottom ?? Number.NaN);
  }
});

test("a finding leads to its setting", async () => {
  const { router } = await openApp("/export");
  await page.getByRole("link", { name: "Service shop" }).click();
  await expect.poll(() => router.state.location.pathname).toBe("/routes");
  expect(router.state.location.search).toEqual({ sel: "service:shop" });
});

test("a secret says where it goes", async () => {
  await openApp("/export");
  await expect.element(page.getByText("${KEY_ALICE}", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "keys.map:2" }).click();
  await expect
    .element(page.getByRole("tab", { name: "keys.map" }))
    .toHaveAttribute("aria-selected", "true");
  await expect.poll(marked).toBe("2");
  await expect
    .element(page.getByRole("switch", { name: "Take over the hashes of API keys" }))
    .not.toBeInTheDocument();
});

test("hashes are taken over only where they are compared, and when asked for", async () => {
  await openApp("/export?to=haproxy");
  await page.getByRole("switch", { name: "Take over the hashes of API keys" }).click();
  await expect.element(page.getByText("Nothing is left to fill in.")).toBeVisible();
  expect(asked()?.body).toMatchObject({ options: { hashes: true } });
});

test("each file has its tab; an empty one says so", async () => {
  await openApp("/export");
  await expect.element(page.getByRole("region", { name: "nginx.conf" })).toBeVisible();
  await page.getByRole("tab", { name: ".gitignore" }).click();
  await expect.element(page.getByText("This file is empty.")).toBeVisible();
  await page.getByRole("tab", { name: "REPORT.md" }).click();
  await expect
    .element(page.getByRole("region", { name: "REPORT.md" }))
    .toHaveTextContent("# Export to NGINX");
  await expect.element(page.getByRole("button", { name: "Save REPORT.md" })).toBeVisible();
});

test("in a narrow window every file can still be reached", async () => {
  await page.viewport(560, 800);
  try {
    await openApp("/export");
    const tabs = page.getByRole("tab");
    await expect.element(tabs.first()).toHaveTextContent("nginx.conf");
    for (const tab of tabs.elements()) {
      expect(tab.getBoundingClientRect().right).toBeLessThanOrEqual(560);
    }
    await expectAccessible();
  } finally {
    await page.viewport(1280, 800);
  }
});

test("a change of the configuration is a new export", async () => {
  const { client } = await openApp("/export");
  await expect.element(page.getByText(/26 settings/)).toBeVisible();
  gateway.answers["POST /export/nginx"] = () => json({ ...exported(NGINX, [], false), exact: 27 });
  // What the event does.
  await client.invalidateQueries({ queryKey: queryKeys.config });
  await expect.element(page.getByText(/27 settings/)).toBeVisible();
});

test("a key that is issued or revoked is a new export", async () => {
  const listen = vi.spyOn(events, "listen");
  try {
    await openApp("/export");
    await expect.element(page.getByText(/1 secret has to be filled in/)).toBeVisible();
    gateway.answers["POST /export/nginx"] = () =>
      json({ ...exported(NGINX, [], false), placeholders: [] });
    for (const [hear] of listen.mock.calls) hear({ type: "keys_changed" });
    await expect.element(page.getByText(/secret has to be filled in/)).not.toBeInTheDocument();
  } finally {
    listen.mockRestore();
  }
});

test("without a route it says what will be there, and asks for nothing", async () => {
  gateway.config = { ...gateway.config, routes: [] };
  const { router } = await openApp("/export");
  await expect
    .element(page.getByRole("heading", { name: "There is no route to export yet" }))
    .toBeVisible();
  expect(gateway.calls.some(({ method }) => method === "POST")).toBe(false);
  await expectAccessible();
  await page.getByRole("button", { name: "New route" }).click();
  await expect.poll(() => router.state.location.search).toEqual({ sel: ":new" });
});

test("a refusal says why", async () => {
  gateway.answers["POST /export/nginx"] = () =>
    refuse({ code: "config_refused", status: 422, detail: "route `orders` matches nothing" });
  await openApp("/export");
  await expect.element(page.getByRole("alert")).toHaveTextContent("route `orders` matches nothing");
});

test("every product is there to choose, those that are run first, with what their claims rest on", async () => {
  await openApp("/export?to=nginx");
  await product.click();
  const options = page.getByRole("option");
  await expect
    .element(options.first())
    .toHaveTextContent("NGINX1.22 and later; proved with 1.22.1");
  expect(options.elements().map(({ textContent }) => textContent)).toEqual([
    "NGINX1.22 and later; proved with 1.22.1",
    "HAProxy2.6 and later; proved with 2.6.12",
    "Kong3.4 and later; held against its schema, not run",
  ]);
});

const button = (name: string) => page.getByRole("button", { name, exact: true });

test("a product that is not run cannot be proved, and says why", async () => {
  await openApp("/export?to=kong");
  await expect.element(page.getByText(/Kong is not run here/)).toBeVisible();
  await expect.element(button("Prove")).not.toBeInTheDocument();
});

test("without its program there is nothing to press, and it says what is missing", async () => {
  await openApp("/export?to=haproxy");
  await expect.element(page.getByText(/haproxy was not found/)).toBeVisible();
  await expect.element(button("Prove")).toHaveAttribute("aria-disabled", "true");
});

test("a proof shows how far it is, and can be cancelled", async () => {
  const listen = vi.spyOn(events, "listen");
  try {
    let job = proofJob();
    gateway.answers["GET /export/proof"] = () => json({ job });
    gateway.answers["POST /export/nginx/proof"] = () => json(job);
    gateway.answers["DELETE /export/proof"] = () => {
      job = { ...job, outcome: { state: "cancelled" } };
      return json({ job });
    };
    gateway.answers["GET /export/proof"] = () => json({ job: null });
    await openApp("/export");
    await page.getByRole("switch", { name: "Send requests of the log too" }).click();
    await button("Prove").click();
    const bar = page.getByRole("progressbar", { name: "Proving the export to NGINX" });
    await expect.element(bar).toHaveAttribute("aria-valuetext", "120 of 600 requests");
    const sent = gateway.calls.find(({ path }) => path === "/export/nginx/proof");
    expect(sent?.body).toMatchObject({ recorded: { most: 100, all_methods: false } });
    const progress = { ...job.progress, done: 480 };
    for (const [hear] of listen.mock.calls) {
      hear({ type: "proof_changed", id: job.id, product: "nginx", running: true, progress });
    }
    await expect.element(bar).toHaveAttribute("aria-valuetext", "480 of 600 requests");
    await expectAccessible();
    await button("Cancel").click();
    await expect.element(page.getByText("Cancelled before it was through.")).toBeVisible();
    await expect.element(button("Prove again")).toBeVisible();
  } finally {
    listen.mockRestore();
  }
});

test.each(["light", "dark"])("what a proof found can be read, in %s", async (theme) => {
  document.documentElement.dataset.theme = theme;
  const outcome = { state: "done" as const, proof: PROOF, report: "# Proved" };
  gateway.answers["GET /export/proof"] = () => json({ job: { ...proofJob(), outcome } });
  await openApp("/export");
  const classes = page.getByRole("list", { name: "By what was asked about" });
  await expect.element(classes).toBeVisible();
  const rows = classes.getByRole("listitem").elements();
  expect(rows[0]).toHaveTextContent(/limits.*partly/);
  await expect.element(page.getByText("1 answer differs")).toBeVisible();
  await expect.element(page.getByText("+++-- here, +++++ there")).toBeVisible();
  await expect.element(page.getByText("GET /orders (5 times)")).toBeVisible();
  await expect.element(page.getByText("12: a secret is not in the log")).toBeVisible();
  await expectAccessible();
});

test("what was proved with another revision says so", async () => {
  const outcome = { state: "done" as const, proof: PROOF, report: "" };
  const job = { ...proofJob(), revision: 7, outcome };
  gateway.answers["GET /export/proof"] = () => json({ job });
  await openApp("/export");
  await expect
    .element(page.getByText(/found with revision 7; revision 1 is in force/))
    .toBeVisible();
});

test("the export that was taken last is what the next is held against", async () => {
  gateway.answers["POST /export/nginx/taken"] = () => json({ at_us: 1, revision: 1, how: "copy" });
  gateway.answers["POST /export/nginx/diff"] = () => json({ taken: null, files: [] });
  const { router } = await openApp("/export");
  await page.getByRole("tab", { name: "Diff" }).click();
  await expect.element(page.getByText("No export to NGINX was taken yet")).toBeVisible();
  expect(router.state.location.search).toEqual({ view: "diff" });
  const text = "--- a/nginx.conf\n+++ b/nginx.conf\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n";
  gateway.answers["POST /export/nginx/diff"] = () =>
    json({
      taken: { at_us: Date.now() * 1000, revision: 3, how: "copy" },
      files: [
        { name: "nginx.conf", change: "changed", added: 1, removed: 1, text },
        { name: "README.md", change: "same", added: 0, removed: 0, text: "" },
      ],
    });
  await page.getByRole("tab", { name: "nginx.conf" }).click();
  await button("Copy").click();
  await expect
    .poll(() => gateway.calls.some(({ path }) => path === "/export/nginx/taken"))
    .toBe(true);
  await page.getByRole("tab", { name: "Diff" }).click();
  await expect.element(page.getByText(/1 file is different \(\+1 −1\)/)).toBeVisible();
  await expect
    .element(page.getByText(/since the export that was copied .*, of revision 3/))
    .toBeVisible();
  await expect.element(page.getByText("+new")).toBeVisible();
  await expectAccessible();
});

test("a folder that cannot be written says why at its field", async () => {
  const issues = [
    { path: "folder", severity: "error" as const, message: "it holds something else" },
  ];
  gateway.answers["POST /export/nginx/folder"] = () =>
    refuse({ code: "body_invalid", status: 422, detail: "no", issues });
  await openApp("/export");
  await button("Save…").click();
  const dialog = page.getByRole("dialog");
  await expect
    .element(dialog.getByRole("button", { name: "Save folder" }))
    .toHaveAttribute("aria-disabled", "true");
  const field = dialog.getByRole("textbox", { name: "Folder" });
  await field.fill("/home/me");
  await dialog.getByRole("button", { name: "Save folder" }).click();
  await expect.element(dialog.getByText("it holds something else")).toBeVisible();
  await expectAccessible();
  gateway.answers["POST /export/nginx/folder"] = () =>
    json({ folder: "/home/me/x", written: ["nginx.conf"], kept: ["keys.map"] });
  await field.fill("/home/me/x");
  await dialog.getByRole("button", { name: "Save folder" }).click();
  await expect.element(page.getByText("1 file written to /home/me/x")).toBeVisible();
  await expect.element(dialog).not.toBeInTheDocument();
});

test("new keys are made when asked for and shown this once", async () => {
  const secret = "gw_dev_0123456789abcdefghijklmnopqrstuv";
  gateway.answers["POST /export/nginx/new-keys"] = () =>
    json({
      keys: [{ name: "KEY_ALICE", consumer: "alice", secret, sha256: "ab" }],
      env_name: "keys-nginx.env",
      env: `KEY_ALICE=${secret}\n`,
      files: [{ name: "keys.map", text: `"${secret}" alice;\n` }],
    });
  await openApp("/export");
  await button("Make new keys…").click();
  const dialog = page.getByRole("dialog");
  await expect.element(dialog).toBeVisible();
  expect(gateway.calls.some(({ path }) => path.endsWith("/new-keys"))).toBe(false);
  await dialog.getByRole("button", { name: "Make keys" }).click();
  await expect.element(dialog.getByText("KEY_ALICE, for alice")).toBeVisible();
  await expect.element(dialog.getByText(secret)).not.toBeInTheDocument();
  await expect.element(dialog.getByRole("button", { name: "Save keys.map" })).toBeVisible();
  await expectAccessible();
  await dialog.getByRole("button", { name: "Done" }).click();
  await button("Make new keys…").click();
  await expect.element(page.getByRole("button", { name: "Make keys" })).toBeVisible();
});
