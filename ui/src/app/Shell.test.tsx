import { QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { afterEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { render } from "vitest-browser-react";
import { expectAccessible } from "../../test/axe.ts";
import { fakeGateway, json, STATUS } from "../../test/fakeGateway.ts";
import { enter } from "../api/connection.ts";
import { defaultService } from "../api/defaults.ts";
import { queryKeys } from "../api/freshness.ts";
import { registerCommands } from "./commands.ts";
import { preferences, setPreferences, startPreferences } from "./preferences.ts";
import { createQueryClient } from "./queryClient.ts";
import { createAppRouter } from "./router.tsx";
import { overlay } from "./shellState.ts";

const initial = preferences.get();
startPreferences();

afterEach(() => {
  overlay.set(null);
  preferences.set(initial);
});

const gateway = fakeGateway();

/** The whole window, at an address, beside a gateway in this state. */
async function open(path: string, status = STATUS) {
  enter("open");
  gateway.status = status;
  const client = createQueryClient();
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }), client);
  client.setQueryData(queryKeys.status, status);
  await render(
    <div style={{ height: "100vh" }}>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </div>,
  );
  await expect.element(page.getByRole("navigation", { name: "Places" })).toBeVisible();
  return router;
}

const placeLink = (name: string) =>
  page.getByRole("navigation", { name: "Places" }).getByRole("link", { name });

async function expectPlace(name: string) {
  await expect.element(placeLink(name)).toHaveAttribute("aria-current", "page");
}

const SERVICE = defaultService("shop");

test("the window opens on Traffic once something is set up", async () => {
  gateway.config = { ...gateway.config, services: [SERVICE] };
  await open("/");
  await expectPlace("Traffic");
});

test("the window opens on the first run while nothing is", async () => {
  const router = await open("/");
  await expect.poll(() => router.state.location.pathname).toBe("/start");
});

test("without routes and requests Traffic leads to the first run", async () => {
  const empty = await open("/traffic", { ...STATUS, log: { rows: 0, bytes: 0 } });
  await expect.poll(() => empty.state.location.pathname).toBe("/start");
});

test("a chord goes to a place and shows what its second key can be", async () => {
  await open("/traffic");
  await userEvent.keyboard("g");
  await expect.element(page.getByRole("status").getByText("Go to Keys")).toBeVisible();
  await userEvent.keyboard("k");
  await expectPlace("Keys");
});

test("the status bar is read out when it is asked for, and only then", async () => {
  await open("/traffic");
  const readOut = page.getByRole("status", { name: "Status bar" });
  await expect.element(readOut).toBeEmptyDOMElement();
  await userEvent.keyboard("{Alt>}{Shift>}S{/Shift}{/Alt}");
  await expect.element(readOut).toHaveTextContent(/^Running on 127\.0\.0\.1:\d+, .+\/s/);
});

test("the route tester is one press away from everywhere", async () => {
  const router = await open("/keys");
  await page.getByRole("banner").getByRole("button", { name: "Test route" }).click();
  await expect.poll(() => router.state.location.pathname).toBe("/routes");
  await expect.poll(() => router.state.location.search).toMatchObject({ test: "GET" });
});

test("letters in a field are text, and can be turned off elsewhere", async () => {
  const ran = vi.fn<() => void>();
  const unregister = registerCommands([
    { id: "test", title: "Test", group: "Test", keys: "X", run: ran },
  ]);
  await open("/traffic");
  const field = document.createElement("input");
  field.setAttribute("aria-label", "Filter");
  document.body.append(field);
  field.focus();
  await userEvent.keyboard("x");
  expect(field.value).toBe("x");
  field.remove();
  expect(ran).not.toHaveBeenCalled();

  setPreferences({ letterKeys: false });
  await userEvent.keyboard("x");
  expect(ran).not.toHaveBeenCalled();
  setPreferences({ letterKeys: true });
  await userEvent.keyboard("x");
  expect(ran).toHaveBeenCalledOnce();
  unregister();
});

test("the palette finds a command by the first letters of its words and runs it", async () => {
  await open("/traffic");
  await userEvent.keyboard("{Control>}k{/Control}");
  const input = page.getByRole("combobox", { name: "Command" });
  await expect.element(input).toHaveFocus();
  await expectAccessible();
  await userEvent.keyboard("gts");
  await expect
    .element(page.getByRole("option", { selected: true }))
    .toHaveTextContent("Go to Settings");
  await userEvent.keyboard("{Enter}");
  await expectPlace("Settings");
  await expect.element(input).not.toBeInTheDocument();
});

test("the palette leads with what was run last", async () => {
  await open("/traffic");
  setPreferences({ recentCommands: ["go.history"] });
  await userEvent.keyboard("{Control>}k{/Control}");
  await expect.element(page.getByRole("option").first()).toHaveTextContent("Go to History");
});

test("the shortcut sheet lists the keys and one Escape closes it", async () => {
  await open("/traffic");
  await userEvent.keyboard("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect.element(sheet.getByText("Go to Routes")).toBeVisible();
  await expectAccessible();
  await userEvent.keyboard("{Escape}");
  await expect.element(sheet).not.toBeInTheDocument();
});

test("the theme is chosen from the menu and kept", async () => {
  await open("/traffic");
  await page.getByRole("button", { name: "Appearance" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Dark" }).click();
  expect(document.documentElement.dataset.theme).toBe("dark");
  expect(JSON.parse(localStorage.getItem("gatewright.preferences") ?? "")).toMatchObject({
    theme: "dark",
  });
  await expectAccessible();
});

test("a collapsed navigation keeps its names", async () => {
  await open("/traffic");
  await userEvent.keyboard("[[");
  const nav = page.getByRole("navigation", { name: "Places" });
  expect(nav.element().getBoundingClientRect().width).toBe(48);
  await expect.element(nav.getByRole("link", { name: "Routes" })).toBeVisible();
});

test("F6 goes around the regions", async () => {
  await open("/traffic");
  await userEvent.keyboard("{F6}");
  await expect.element(placeLink("Traffic")).toHaveFocus();
  await userEvent.keyboard("{F6}{F6}{F6}");
  await expect.element(placeLink("Traffic")).toHaveFocus();
});

test("a lost connection says until when the data is", async () => {
  await open("/traffic");
  enter("lost");
  await expect.element(page.getByText(/^Reconnecting… Showing data until/)).toBeVisible();
  enter("open");
  await expect.element(page.getByText(/^Reconnecting…/)).not.toBeInTheDocument();
});

test("an address that is no place says so and leads back", async () => {
  await open("/nowhere");
  await page.getByRole("link", { name: "Go to Traffic" }).click();
  await expectPlace("Traffic");
});

test("the status bar says where the gateway listens and how much comes", async () => {
  await open("/traffic");
  const bar = page.getByRole("contentinfo");
  await expect.element(bar.getByText("Running on 127.0.0.1:8080")).toBeVisible();
  await expect.element(bar).toHaveTextContent("312/s4.1 % errorsp95 48 ms");
});

test("a gateway that cannot start says why and moves to a free port", async () => {
  const port_in_use = { port: 8080, holder: { name: "node", pid: 4121 }, free: 8081 };
  const message = "port 8080 is used by `node` (pid 4121); port 8081 is free";
  await open("/history", { ...STATUS, gateway: { state: "failed", message, port_in_use } });
  const words = "Port 8080 is used by node (pid 4121); port 8081 is free.";
  await expect.element(page.getByRole("contentinfo").getByText(words)).toBeVisible();
  await expect.element(page.getByRole("alert")).toHaveTextContent(words);
  await expectAccessible();

  gateway.answers["POST /gateway/start"] = () => {
    gateway.status = STATUS;
    return json(STATUS.gateway);
  };
  await page.getByRole("button", { name: "Use 8081" }).click();
  await expect.element(page.getByRole("alert")).not.toBeInTheDocument();
  expect(gateway.config.listen.port).toBe(8081);
});

test("the gateway is stopped and started from the header and the status bar", async () => {
  gateway.answers["POST /gateway/stop"] = () => {
    gateway.status = { ...STATUS, gateway: { state: "stopped" } };
    return json(gateway.status.gateway);
  };
  gateway.answers["POST /gateway/start"] = () => {
    gateway.status = STATUS;
    return json(gateway.status.gateway);
  };
  await open("/traffic");
  await page.getByRole("button", { name: "Stop the gateway" }).click();
  const bar = page.getByRole("contentinfo");
  await bar.getByRole("button", { name: "Stopped" }).click();
  await page.getByRole("menuitem", { name: "Start" }).click();
  await expect.element(bar.getByText("Running on 127.0.0.1:8080")).toBeVisible();
  await expect.element(page.getByRole("button", { name: "Stop the gateway" })).toBeVisible();
});

test("what deserves a look in the configuration is counted and said", async () => {
  const warning = {
    path: "listen.address",
    severity: "warning",
    message: "other machines can reach the gateway at 0.0.0.0",
  } as const;
  await open("/traffic", { ...STATUS, warnings: [warning] });
  await page.getByRole("button", { name: "1 warning" }).click();
  await page
    .getByRole("menuitem", { name: "Other machines can reach the gateway at 0.0.0.0." })
    .click();
  await expectPlace("Settings");
});

test("a warning about a service leads to that service", async () => {
  const unsafe = { ...defaultService("unsafe"), tls: { ...SERVICE.tls, skip_verify: true } };
  gateway.config = { ...gateway.config, services: [SERVICE, unsafe] };
  const warning = {
    path: "services[1].tls.skip_verify",
    severity: "warning",
    message: "any certificate is trusted",
  } as const;
  await open("/traffic", { ...STATUS, warnings: [warning] });
  await page.getByRole("button", { name: "1 warning" }).click();
  await page.getByRole("menuitem", { name: "Any certificate is trusted." }).click();
  await expect.element(page.getByRole("form", { name: "Service unsafe" })).toBeVisible();
});

test("that HTTPS is not served is said in the status bar, which leads to the settings", async () => {
  await open("/traffic", { ...STATUS, https: { state: "failed", message: "port 8443 is in use" } });
  await page.getByRole("contentinfo").getByRole("link", { name: "No HTTPS" }).click();
  await expectPlace("Settings");
});

test("a command gets other keys in the shortcut sheet, but not those of another one", async () => {
  setPreferences({ keymap: {} });
  await open("/history");
  await userEvent.keyboard("?");
  const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await sheet.getByRole("button", { name: /Change the keys of “Go to the next region”/ }).click();
  await userEvent.keyboard("{Control>}k{/Control}");
  await expect.element(sheet.getByRole("status")).toHaveTextContent("“Search or run a command”");
  await userEvent.keyboard("q");
  await expectAccessible();
  await userEvent.keyboard("{Escape}");
  await expect.element(sheet).not.toBeInTheDocument();
  await userEvent.keyboard("q");
  expect(document.activeElement?.closest("[data-region]")).not.toBeNull();
  setPreferences({ keymap: {} });
});
