import { expect, test } from "vitest";
import { page } from "vitest/browser";
import { exchange } from "@/live/fixtures.ts";
import { expectAccessible } from "../../../test/axe.ts";
import { json, refuse } from "../../../test/fakeGateway.ts";
import { DETAILS } from "./fixtures.ts";
import { programSpans } from "./programSpans.ts";
import type { Detail } from "./queries.ts";
import { answerDetail, fakeTraffic, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const BEGAN_US = 1_764_590_400_000_000;

/** A request that instance 3 of a program answered, or that failed. */
function managed(status: number, instances: readonly number[] = [3]): Detail {
  const [attempt] = DETAILS[200].attempts;
  if (!attempt) throw new Error("the fixture has a try");
  return {
    ...DETAILS[200],
    summary: exchange({ seq: 40, status, started_at_us: BEGAN_US, duration_us: 2_000_000 }),
    attempts: instances.map((instance) => ({ ...attempt, instance })),
  };
}

const LINES = [
  { seq: 1, at_us: BEGAN_US + 10, instance: 3, stream: "stdout", text: "GET /orders/8001" },
  { seq: 2, at_us: BEGAN_US + 20, instance: 3, stream: "stderr", text: "no stock left" },
];

/** What is asked of the output of `shop`. */
function answerOutput(lines = LINES) {
  const asked: URLSearchParams[] = [];
  traffic.gateway.answers["GET /services/shop/process/output"] = (_body, url) => {
    asked.push(url.searchParams);
    return json({ lines, more: false, not_kept: 0 });
  };
  return asked;
}

async function open(detail: Detail) {
  traffic.rows = [detail.summary];
  traffic.details.set(detail.summary.id, detail);
  answerDetail(traffic, detail.summary.id);
  return openTraffic(`?sel=${detail.summary.id}`);
}

const output = page.getByRole("region", { name: "Output of shop meanwhile" });
const fold = output.getByRole("button", { name: /^Output of/ });

test.each(["light", "dark"])(
  "what the instance wrote while a request ran is beside it, in the %s theme",
  async (theme) => {
    document.documentElement.dataset.theme = theme;
    const asked = answerOutput();
    const { router } = await open(managed(200));
    await expect.element(fold).toHaveTextContent("Output of instance 3 of shop meanwhile: 2 lines");
    await expect.element(output.getByRole("log")).not.toBeInTheDocument();
    await fold.click();
    await expect.element(output.getByRole("log")).toHaveTextContent("no stock left");
    await expectAccessible();
    const [query] = asked;
    expect(Object.fromEntries(query ?? [])).toMatchObject({
      instance: "3",
      from_us: String(BEGAN_US - 200_000),
      to_us: String(BEGAN_US + 2_500_000),
    });
    await output.getByRole("button", { name: "All output at this time" }).click();
    await expect
      .poll(() => router.state.location)
      .toMatchObject({
        pathname: "/routes",
        search: { sel: "service:shop", output: `${BEGAN_US - 200_000}-${BEGAN_US + 2_500_000}` },
      });
  },
);

test("where the request failed, what was written is open at once", async () => {
  answerOutput();
  await open(managed(500));
  await expect.element(output.getByRole("log")).toHaveTextContent("no stock left");
});

test("that nothing was written is said", async () => {
  answerOutput([]);
  await open(managed(500));
  await expect.element(fold).toHaveTextContent("meanwhile: no line");
  await expect.element(output).toHaveTextContent("It wrote nothing while this request ran");
});

test("a service that has no program any more has no output", async () => {
  traffic.gateway.answers["GET /services/shop/process/output"] = () =>
    refuse({ code: "not_found", status: 404 });
  await open(managed(500));
  await expect.element(page.getByRole("list", { name: "Stages" })).toBeVisible();
  await expect
    .poll(() => traffic.gateway.calls.some(({ path }) => path.endsWith("/output")))
    .toBe(true);
  await expect.element(output).not.toBeInTheDocument();
});

test("of which programs output is asked follows from the request", () => {
  const times = { fromUs: BEGAN_US - 200_000, toUs: BEGAN_US + 2_500_000 };
  expect(programSpans(DETAILS[200])).toEqual([]);
  expect(programSpans(DETAILS[502])).toEqual([]);
  expect(programSpans(managed(200))).toEqual([{ service: "shop", instance: 3, ...times }]);
  expect(programSpans(managed(200, [3, 4]))).toEqual([
    { service: "shop", instance: null, ...times },
  ]);
  // There was none to ask: what its program wrote meanwhile says why.
  const crashed: Detail = {
    ...managed(503, []),
    trace: [
      {
        stage: "forward",
        verdict: "stopped",
        facts: { kind: "forwarded", service: "shop", tries: 0, code: "crash_loop" },
        at_us: 310,
        took_us: 4000,
      },
    ],
  };
  expect(programSpans(crashed)).toEqual([{ service: "shop", instance: null, ...times }]);
  const running = managed(200);
  running.summary = { ...running.summary, ending: "running" };
  expect(programSpans(running)[0]?.toUs).toBeNull();
});
