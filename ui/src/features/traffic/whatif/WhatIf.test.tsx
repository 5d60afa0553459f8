import { expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { expectAccessible } from "../../../../test/axe.ts";
import { json, refuse } from "../../../../test/fakeGateway.ts";
import { DETAILS } from "../fixtures.ts";
import { fakeTraffic, openTraffic } from "../testTraffic.tsx";
import type { Asked, Explanation } from "./question.ts";

const traffic = fakeTraffic();
const refused = DETAILS[429];
const what = () => page.getByRole("region", { name: "What would become of it" });
const difference = () => page.getByTestId("difference");

const SAME: Explanation = {
  sentence: refused.sentence,
  status: 429,
  code: "rate_limited",
  decided_by: "rate_limit",
  route: "orders",
  version: null,
  service: null,
  key: null,
  trace: refused.trace,
  sends: null,
  answers: { status: 429, headers: [{ name: "retry-after", value: "24" }] },
  at_us: 1_767_225_600_000_000,
  limits_as_then: true,
  revision: 1,
  assumed: [],
  difference: {
    changes: false,
    sentence: "Nothing changes: it would be refused with 429 (60/min per key) again.",
  },
};

const SENT: Explanation = {
  ...SAME,
  sentence: "Would be sent on route `orders` to service `shop`: http://127.0.0.1:3000/orders/8001.",
  status: null,
  code: null,
  decided_by: "forward",
  service: "shop",
  trace: [
    ...DETAILS[200].trace.slice(0, -1),
    {
      stage: "forward",
      verdict: "answered",
      facts: {
        kind: "would_forward",
        service: "shop",
        url: "http://127.0.0.1:3000/orders/8001",
        chosen: "only target",
      },
      at_us: 300,
      took_us: 2,
    },
  ],
  sends: {
    method: "GET",
    url: "http://127.0.0.1:3000/orders/8001",
    headers: [{ name: "x-consumer-id", value: "acme" }],
  },
  answers: null,
  revision: null,
  assumed: ["The caller is taken to have shown an API key of the consumer `acme`."],
  difference: {
    changes: true,
    sentence: "It was refused with 429 (60/min per key); it would be sent to service `shop`.",
  },
};

/** What was asked last. */
const asked = () => {
  const calls = traffic.gateway.calls.filter(({ path }) => path.endsWith("/explain"));
  return calls.at(-1)?.body as Asked;
};

/** A gateway that lets pass whoever brings another configuration. */
function explains(): void {
  traffic.rows = [refused.summary];
  traffic.gateway.answers["POST /explain"] = (body: Asked) => {
    if (body.config_yaml?.includes("wrong")) {
      const message = "no service is named `wrong`";
      const issues = [{ path: "routes[0].service", severity: "error" as const, message }];
      return refuse({ code: "config_refused", status: 422, issues });
    }
    return json(body.config_yaml === undefined ? SAME : SENT);
  };
  traffic.gateway.answers["GET /config/yaml"] = () => new Response("version: 1\n");
}

test("from a 429 to what would change it: the old stages beside the new ones", async () => {
  explains();
  await openTraffic(`?sel=${refused.summary.id}`);
  await page.getByRole("button", { name: "What if?" }).click();
  await expect.element(difference()).toHaveTextContent("Nothing changes: it would be refused");
  expect(asked()).toEqual({ exchange: refused.summary.id, when: { kind: "then" } });
  const then = page.getByRole("list", { name: "Stages then" });
  const now = page.getByRole("list", { name: "Stages if" });
  await expect.element(then).toHaveTextContent("Stopped here.");
  await expect.element(now).toHaveTextContent("Stopped here.");
  await expect.element(what()).toHaveTextContent("What the gateway would answer: 429");
  await expectAccessible();

  await page.getByRole("button", { name: "Try another configuration" }).click();
  await expect
    .element(difference())
    .toHaveTextContent(
      "It was refused with 429 (60/min per key); it would be sent to service shop.",
    );
  await expect.element(then).toHaveTextContent("Stopped here.");
  await expect.element(now).toHaveTextContent("Would be sent to service shop");
  await expect
    .element(page.getByRole("list", { name: "Taken for granted" }))
    .toHaveTextContent("an API key of the consumer acme");
  await expect.element(what()).toHaveTextContent("GET http://127.0.0.1:3000/orders/8001");
  await expectAccessible();

  await page.getByRole("textbox", { name: "Configuration" }).fill("wrong");
  await expect.element(page.getByText("This configuration would be refused")).toBeVisible();
  await expect.element(page.getByText("routes[0].service")).toBeVisible();
  await page.getByRole("button", { name: "Back to the one in force" }).click();
  await expect.element(difference()).toHaveTextContent("Nothing changes");
});

test("caller, time and headers are asked about; a header that is none is said at its field", async () => {
  explains();
  await openTraffic(`?sel=${refused.summary.id}&tab=what-if`);
  await expect.element(difference()).toBeVisible();
  await page.getByRole("combobox", { name: "Caller" }).click();
  await page.getByRole("option", { name: /Nobody/ }).click();
  await expect.poll(() => asked().caller).toEqual({ kind: "nobody" });
  await page.getByRole("combobox", { name: "When" }).click();
  await page.getByRole("option", { name: /Now/ }).click();
  await expect.poll(() => asked().when).toEqual({ kind: "now" });
  await page.getByRole("textbox", { name: "Headers" }).fill("nothing");
  await expect.element(page.getByText("is no header; write")).toBeVisible();
  await expect.element(what()).not.toBeInTheDocument();
  await page.getByRole("textbox", { name: "Headers" }).fill("X-One: 1");
  await expect.poll(() => asked().headers).toEqual([{ name: "X-One", value: "1" }]);
});

test.each(["light", "dark"])("it is accessible in the %s theme", async (theme) => {
  document.documentElement.dataset.theme = theme;
  explains();
  await openTraffic(`?sel=${refused.summary.id}&tab=what-if`);
  await page.getByRole("button", { name: "Try another configuration" }).click();
  await expect.element(difference()).toHaveTextContent("it would be sent to service shop");
  await page.getByRole("combobox", { name: "When" }).click();
  await page.getByRole("option", { name: /another time/ }).click();
  await expect.element(page.getByLabelText("Moment")).toBeVisible();
  await expectAccessible();
});

test("the palette asks about the current request, and about one made by hand", async () => {
  explains();
  const { router } = await openTraffic(`?sel=${refused.summary.id}`);
  await expect.element(page.getByTestId("sentence")).toBeVisible();
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.keyboard("came otherwise{Enter}");
  await expect.element(difference()).toBeVisible();
  expect(router.state.location.search).toMatchObject({ tab: "what-if" });
  await userEvent.keyboard("{Control>}k{/Control}");
  await userEvent.keyboard("make one by hand{Enter}");
  const pane = page.getByRole("region", { name: "What if" });
  await expect.element(pane).toBeVisible();
  await page.getByRole("textbox", { name: "Path or URL" }).fill("/orders/7");
  await expect.poll(() => asked().url).toBe("/orders/7");
  expect(asked().exchange).toBeUndefined();
  await expectAccessible();
  await pane.getByRole("button", { name: "Close" }).click();
  await expect.element(pane).not.toBeInTheDocument();
});
