import { beforeEach, expect, test } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { fakeGateway } from "../../../../test/fakeGateway.ts";
import { openApp } from "../../../../test/openApp.tsx";
import {
  defaultAccessRule,
  defaultCors,
  defaultIssuer,
  defaultRoute,
  defaultService,
  type Route,
} from "@/api/index.ts";

const gateway = fakeGateway();

beforeEach(() => {
  gateway.config.services = [defaultService("shop")];
});

async function openCallers(route: Partial<Route> = {}) {
  gateway.config.routes = [{ ...defaultRoute("orders", "shop"), ...route }];
  const app = await openApp("/routes?sel=orders");
  await section("Who may call").click();
  return app;
}

const section = (title: string) => page.getByRole("button", { name: new RegExp(`^${title}`) });
const field = (name: string) => page.getByRole("textbox", { name, exact: true });
const tick = (name: string) => page.getByRole("checkbox", { name, exact: true }).click();
const expectInForce = (route: unknown) =>
  expect.poll(() => gateway.config.routes[0], { timeout: 5000 }).toMatchObject(route as object);

test("callers may show who they are in several ways, one or all of them", async () => {
  await openCallers();
  await tick("API key");
  await tick("Password");
  await expectInForce({ authentication: { methods: ["api_key", "basic"], require: "any" } });
  await page.getByRole("radio", { name: "All are needed" }).click();
  await page.getByRole("switch", { name: "Let callers through who show nothing" }).click();
  await expectInForce({ authentication: { require: "all", anonymous: true } });
  await section("Who may call").click();
  await expect
    .element(section("Who may call"))
    .toHaveTextContent("key and password or nothing at all");
});

test("what belongs to a way goes with it", async () => {
  gateway.config.issuers = [defaultIssuer("keycloak"), defaultIssuer("auth0")];
  await openCallers();
  await tick("Token");
  await tick("keycloak");
  await tick("A service’s word");
  await field("Ask at").fill("http://127.0.0.1:9001/check");
  await field("Header of its answer that names the consumer").fill("X-User");
  await expectInForce({
    authentication: {
      methods: ["jwt", "forward"],
      issuers: ["keycloak"],
      forward: { url: "http://127.0.0.1:9001/check", consumer_header: "X-User" },
    },
  });
  await tick("Token");
  await tick("A service’s word");
  await expectInForce({ authentication: { methods: [], issuers: [], forward: null } });
});

test("without an issuer the form says where to add one", async () => {
  await openCallers();
  await tick("Token");
  await expect.element(page.getByText(/Nobody issues tokens yet/)).toBeVisible();
  await expect.element(page.getByRole("link", { name: "Issuers" })).toBeVisible();
});

test("an access rule asks for scopes, of some methods only", async () => {
  await openCallers();
  await page.getByRole("button", { name: /^Access rules/ }).click();
  await page.getByRole("button", { name: "Add rule" }).click();
  await field("All of these scopes").fill("orders:read orders:write");
  await field("Never from these addresses").fill("10.0.0.0/8");
  await page.getByRole("button", { name: "POST", pressed: false }).last().click();
  await expectInForce({
    authorization: [
      {
        ...defaultAccessRule(),
        methods: ["POST"],
        scopes_all: ["orders:read", "orders:write"],
        deny_ips: ["10.0.0.0/8"],
      },
    ],
  });
  await page.getByRole("button", { name: "Rule 1", exact: true }).click();
  await expect
    .element(page.getByRole("button", { name: /^Rule 1/ }))
    .toHaveTextContent("POST: scopes orders:read and orders:write, not from 10.0.0.0/8");
});

test("pages on this machine may call with two presses", async () => {
  await openCallers();
  await page.getByRole("button", { name: /^Web pages/ }).click();
  await page.getByRole("switch", { name: "Let web pages of other origins call" }).click();
  await expectInForce({ cors: defaultCors(["http://localhost:*", "http://127.0.0.1:*"]) });
  await page.getByRole("switch", { name: /Pages may send cookies/ }).click();
  await expectInForce({ cors: { credentials: true } });
  // Browsers refuse credentials for pages of just anybody.
  await page.getByRole("button", { name: "Any page" }).click();
  await expectInForce({ cors: { origins: ["*"], credentials: false } });
  await expect
    .element(page.getByRole("switch", { name: /Pages may send cookies/ }))
    .toHaveAttribute("aria-disabled", "true");
});

test("what is wrong in a rule is said under its field", async () => {
  gateway.check = ({ routes: [route] }) =>
    route?.authorization[0]?.allow_ips.includes("nowhere")
      ? [
          {
            path: "routes[0].authorization[0].allow_ips[0]",
            severity: "error",
            message: "`nowhere` is no network",
          },
        ]
      : [];
  await openCallers({ authorization: [defaultAccessRule()] });
  await page.getByRole("button", { name: /^Access rules/ }).click();
  await page.getByRole("button", { name: /^Rule 1/ }).click();
  await field("Only from these addresses").fill("nowhere");
  await expect
    .element(field("Only from these addresses"))
    .toHaveAccessibleDescription("nowhere is no network");
});

test.each(["light", "dark"])("everything about callers is accessible, %s", async (theme) => {
  document.documentElement.dataset.theme = theme;
  gateway.config.issuers = [defaultIssuer("keycloak")];
  await openCallers({
    authorization: [{ ...defaultAccessRule(), scopes_all: ["a"] }],
    cors: defaultCors(["*"]),
  });
  await tick("Token");
  await tick("A service’s word");
  await page.getByRole("button", { name: /^Access rules/ }).click();
  await page.getByRole("button", { name: /^Rule 1/ }).click();
  await page.getByRole("button", { name: /^Web pages/ }).click();
  await expectAccessible();
});
