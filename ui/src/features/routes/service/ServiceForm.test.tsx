import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import { defaultService, type Issue, type Service } from "@/api/index.ts";

const gateway = fakeGateway();
const shop: Service = {
  ...defaultService("shop"),
  targets: [
    { url: "http://127.0.0.1:3000", weight: 3 },
    { url: "http://127.0.0.1:3001", weight: 1 },
  ],
};

async function openService(service: Partial<Service> = {}) {
  gateway.config = { ...gateway.config, services: [{ ...shop, ...service }] };
  return openApp("/routes?sel=service:shop");
}

const form = page.getByRole("form", { name: "Service shop" });
const field = (name: string) => form.getByRole("textbox", { name, exact: true });
const toggle = (name: string) => form.getByRole("switch", { name });
const section = (title: string) => form.getByRole("button", { name: new RegExp(`^${title}`) });
const save = form.getByRole("button", { name: "Save service" });
const saved = () => gateway.config.services[0];
const writes = () => gateway.calls.filter(({ method }) => method === "PUT");
const choose = async (label: string, option: string) => {
  await form.getByRole("combobox", { name: label, exact: true }).click();
  await page.getByRole("option", { name: option }).click();
};

test.each(["light", "dark"])("every section is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  await openService({
    tls: { skip_verify: true, ca_file: null, server_name: null },
    balance: {
      algorithm: "consistent_hash",
      hash_by: "header",
      hash_name: "x-user",
      sticky_cookie: null,
    },
  });
  await section("Protocol").click();
  await section("Balancing").click();
  await section("Retries").click();
  await section("Timeouts").click();
  await section("Health").click();
  await toggle("Ask each target").click();
  await toggle("Learn from requests").click();
  await section("Circuit").click();
  await toggle("Stop calling").click();
  await expect.element(field("Name of the header")).toHaveValue("x-user");
  await expectAccessible();
});

test("a closed section says in one line what it holds", async () => {
  await openService({
    protocol: "http2",
    balance: { algorithm: "least_in_flight", hash_by: "ip", hash_name: null, sticky_cookie: "gw" },
    hold_ms: 5_000,
  });
  await section("Targets").click();
  await expect
    .element(section("Targets"))
    .toHaveTextContent("http://127.0.0.1:3000 3 of 4, http://127.0.0.1:3001 1 of 4");
  await expect.element(section("Protocol")).toHaveTextContent("HTTP/2");
  await expect
    .element(section("Balancing"))
    .toHaveTextContent("the target with the fewest running requests, kept by cookie gw");
  await expect.element(section("Health")).toHaveTextContent("not checked");
  await expect.element(section("Circuit")).toHaveTextContent("none");
  await expect
    .element(section("Retries"))
    .toHaveTextContent("tried again once, held for up to 5 s");
  await expect
    .element(section("Timeouts"))
    .toHaveTextContent("2 s to connect, 1 min until the first byte");
});

test("nothing of a service changes before Save, then all of it does at once", async () => {
  await openService();
  await form.getByRole("button", { name: "Add target" }).click();
  await field("Target 3").fill("https://127.0.0.1:3443");
  await section("Protocol").click();
  await choose("Protocol", "HTTP/2");
  await field("File with authorities to trust").fill("/etc/ssl/mine.pem");
  await section("Timeouts").click();
  await field("In all").fill("2");
  await choose("Unit of in all", "min");
  expect(writes()).toEqual([]);
  await save.click();
  await expect.poll(saved).toMatchObject({
    targets: [{ weight: 3 }, { weight: 1 }, { url: "https://127.0.0.1:3443", weight: 1 }],
    protocol: "http2",
    tls: { ca_file: "/etc/ssl/mine.pem", skip_verify: false },
    timeouts: { total_ms: 120_000 },
  });
  expect(writes()).toMatchObject([{ path: "/services/shop", ifMatch: '"1"' }]);
});

test("the weights say each target's share", async () => {
  await openService();
  const second = form.getByRole("group", { name: "Target 2" });
  await expect.element(second).toHaveTextContent("25 %");
  await second.getByRole("textbox", { name: "Weight" }).fill("3");
  await expect.element(second).toHaveTextContent("50 %");
});

test("health, breaker and retries are switched on with the gateway's defaults, and off again", async () => {
  await openService();
  await section("Health").click();
  await toggle("Ask each target").click();
  await choose("By", "A connection");
  await toggle("Learn from requests").click();
  await field("Statuses that count as failures").fill("500, 502");
  await section("Circuit").click();
  await toggle("Stop calling").click();
  await field("Opens where").fill("25");
  await save.click();
  await expect.poll(saved).toMatchObject({
    health: {
      active: { kind: "tcp", interval_ms: 5_000 },
      passive: { statuses: [500, 502], failures: 5 },
    },
    breaker: { failure_percent: 25, min_requests: 10, half_open_requests: 1 },
  });
  await toggle("Stop calling").click();
  await toggle("Learn from requests").click();
  await save.click();
  await expect.poll(() => saved()?.breaker ?? null).toBeNull();
  expect(saved()?.health.passive ?? null).toBeNull();
  expect(saved()?.health.active).toMatchObject({ kind: "tcp" });
});

test("what is hashed is named only where it has a name", async () => {
  await openService();
  await section("Balancing").click();
  await choose("A request goes to", "Always the same target");
  await choose("For the same", "Cookie");
  await field("Name of the cookie").fill("sid");
  await save.click();
  await expect
    .poll(() => saved()?.balance)
    .toMatchObject({ algorithm: "consistent_hash", hash_by: "cookie", hash_name: "sid" });
  await choose("For the same", "Consumer");
  await save.click();
  await expect.poll(() => saved()?.balance.hash_by).toBe("consumer");
  expect(saved()?.balance.hash_name ?? null).toBeNull();
});

const wrong = (path: string, message: string): Issue => ({ path, severity: "error", message });

test("what is wrong is said at its field, and counted on its section", async () => {
  gateway.check = ({ services }) =>
    services[0]?.targets[1]?.url === "tcp://x"
      ? [wrong("services[0].targets[1].url", "`tcp://x` does not begin with `http://`")]
      : [];
  await openService();
  await field("Target 2").fill("tcp://x");
  await expect
    .element(field("Target 2"))
    .toHaveAccessibleDescription("tcp://x does not begin with http://");
  await expect.element(field("Target 1")).not.toHaveAttribute("aria-invalid");
  await expect.element(section("Targets")).toHaveTextContent("1 error");
});

test("Save on something wrong opens its section and moves the focus there", async () => {
  gateway.check = () => [wrong("services[0].tls.ca_file", "`/nowhere` cannot be read")];
  await openService();
  await field("Name").fill("store");
  await save.click();
  await expect.element(field("File with authorities to trust")).toHaveFocus();
  expect(saved()?.name).toBe("shop");
});

test("what cannot be read is not left out silently: it gets the focus, nothing is saved", async () => {
  await openService();
  await section("Retries").click();
  await field("Hold for a target that is restarting").fill("5");
  await field("Statuses that count as failures").fill("503, often");
  await save.click();
  await expect.element(field("Statuses that count as failures")).toHaveFocus();
  await expect
    .element(field("Statuses that count as failures"))
    .toHaveAccessibleDescription(/^Enter statuses from 100 to 599/);
  expect(writes()).toEqual([]);
  await form.getByRole("button", { name: "Discard changes" }).click();
  await expect.element(field("Hold for a target that is restarting")).toHaveValue("0");
});

test("trusting any certificate is warned of in the form and marked in the list", async () => {
  await openService();
  await section("Protocol").click();
  await toggle("Trust any certificate").click();
  await expect.element(form.getByText(/anyone between here and there can read/)).toBeVisible();
  const line = page.getByRole("listitem").first();
  await expect.element(line).not.toHaveTextContent("any certificate");
  await save.click();
  await expect.element(line).toHaveTextContent("any certificate");
});

test("a service changed elsewhere while it is edited is settled by the person", async () => {
  const { client } = await openService();
  await field("Target 1").fill("http://127.0.0.1:4000");
  gateway.config = { ...gateway.config, services: [{ ...shop, hold_ms: 1_000 }] };
  gateway.revision = 2;
  await client.invalidateQueries({ queryKey: ["config"] });
  await expect.element(page.getByText(/changed elsewhere while you were typing/)).toBeVisible();
  await expect.element(save).toHaveAccessibleDescription("Say above which of the two is to stay.");
  await userEvent.type(field("Target 1"), "{Enter}");
  expect(writes()).toEqual([]);
  await page.getByRole("button", { name: "Use theirs" }).click();
  await expect.element(field("Target 1")).toHaveValue("http://127.0.0.1:3000");
  await expect.element(section("Retries")).toHaveTextContent("held for up to 1 s");
  await expect.element(save).toHaveAccessibleDescription("Nothing has changed.");
});
