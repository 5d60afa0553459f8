import { afterEach, expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { expectAccessible } from "../../../test/axe.ts";
import { DETAILS } from "./fixtures.ts";
import type { Detail } from "./queries.ts";
import { answerDetail, fakeTraffic, openTraffic } from "./testTraffic.tsx";

const traffic = fakeTraffic();
const body = () => page.getByRole("region", { name: "Response body" });
const choose = (view: string) => page.getByRole("radio", { name: view }).click();

/** A script that would be noticed if it ran. */
const SCRIPT =
  "<script>parent.document.title='ran'</script><img src=x onerror=\"document.title='ran'\">";
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" onload="document.title='ran'"><script>top.document.title='ran'</script><rect width="20" height="10"/></svg>`;

async function openBody(sent: Partial<Detail["response_body"]>) {
  const response_body = {
    bytes: (sent.text ?? sent.base64 ?? "").length,
    truncated: false,
    ...sent,
  };
  const opened: Detail = { ...DETAILS[200], response_body };
  traffic.rows = [opened.summary];
  traffic.details.set(opened.summary.id, opened);
  answerDetail(traffic, opened.summary.id);
  await openTraffic(`?sel=${opened.summary.id}&tab=response`);
}

// oxlint-disable-next-line vitest/no-standalone-expect -- of each of them
afterEach(() => expect(document.title).not.toBe("ran"));

test("JSON is a tree whose parts fold, with every digit", async () => {
  const text = `{"id":12345678901234567890,"items":[{"name":${JSON.stringify(SCRIPT)}},{}],"deep":{"a":{"b":{"c":1}}}}`;
  await openBody({ text, content_type: "application/json" });
  await choose("Tree");
  await expect.element(body()).toHaveTextContent("12345678901234567890");
  await expect.element(body()).toHaveTextContent("items:[] 2 items");
  await expect.element(body().getByText("b:")).not.toBeInTheDocument();
  await body().getByRole("button", { name: "a: {} 1 member" }).click();
  await body().getByRole("button", { name: "b: {} 1 member" }).click();
  await expect.element(body()).toHaveTextContent("c:1");
  await body().getByRole("button", { name: "items: [] 2 items" }).click();
  expect(document.querySelectorAll("main script, main img")).toHaveLength(0);
  await expectAccessible();
});

test("hostile HTML is text in every view", async () => {
  await openBody({ text: SCRIPT, content_type: "text/html" });
  await expect.element(body()).toHaveTextContent(SCRIPT);
  expect(document.querySelectorAll("main script, main img, main iframe")).toHaveLength(0);
});

test("a page is shown in a frame in which nothing runs and nothing is loaded", async () => {
  await openBody({ text: `<!doctype html><h1>Shop</h1>${SCRIPT}`, content_type: "text/html" });
  await expect.element(body()).toHaveTextContent("<h1>Shop</h1>");
  await choose("As a page");
  const frame = page.getByTitle("Response body, as a page");
  await expect.element(frame).toBeVisible();
  expect(frame.element().getAttribute("sandbox")).toBe("");
  expect(frame.element().getAttribute("srcdoc")).toMatch(
    /^<!doctype html><meta http-equiv="Content-Security-Policy" content="default-src 'none';/,
  );
  await expectAccessible();
});

test("XML has a line for each element, and the fields of protobuf their numbers", async () => {
  await openBody({ text: "<order><id>1</id></order>", content_type: "application/xml" });
  await expect.element(body()).toHaveTextContent("<order> <id>1</id> </order>");
});

test("messages of gRPC are their fields, by number", async () => {
  const frame = "\u0000\u0000\u0000\u0000\u0007\u0008\u0005\u0012\u0003tea";
  await openBody({ base64: btoa(frame), content_type: "application/grpc" });
  await expect.element(body()).toHaveTextContent('1:5 varint2:"tea"');
  await expectAccessible();
  await choose("Hex");
  await expect.element(body()).toHaveTextContent("000000 00 00 00 00 07");
});

test("SVG is source, or an image from memory in which nothing runs", async () => {
  await openBody({ text: SVG, content_type: "image/svg+xml" });
  await expect.element(body()).toHaveTextContent("<rect");
  await choose("Image");
  const image = page.getByRole("img", { name: "Response body" });
  await expect.element(page.getByText("image/svg+xml · 20 × 10 pixels")).toBeVisible();
  expect(image.element().getAttribute("src")).toMatch(/^blob:/);
  expect(document.querySelectorAll("main svg[onload], main script")).toHaveLength(0);
  await expectAccessible();
});

test("an image is shown with its size and as hex", async () => {
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  await openBody({ base64: png, content_type: "image/png" });
  await expect.element(page.getByText("image/png · 1 × 1 pixels")).toBeVisible();
  await choose("Hex");
  await expect.element(body()).toHaveTextContent("000000 89 50 4e 47");
});

test("of a large body only the lines on screen are on the page", async () => {
  await openBody({ base64: btoa("\u0000".repeat(256 * 1024)) });
  await expect.element(body()).toHaveTextContent("000000 00 00");
  await vi.waitFor(() => expect(body().element().querySelectorAll("div").length).toBeLessThan(100));
  body().element().scrollTo({ top: 1e7 });
  await expect.element(body()).toHaveTextContent("03fff0 00 00");
});

test("a form and the parts of an upload have their names", async () => {
  await openBody({
    text: `name=${encodeURIComponent(SCRIPT)}&b=2`,
    content_type: "application/x-www-form-urlencoded",
  });
  await expect
    .element(page.getByRole("table", { name: "Response body" }))
    .toHaveTextContent(`name${SCRIPT}b2`);
});

test("parts of an upload are rows", async () => {
  await openBody({
    text: `--x\r\nContent-Disposition: form-data; name="a"; filename="${"<b>"}"\r\n\r\n${SCRIPT}\r\n--x--`,
    content_type: "multipart/form-data; boundary=x",
  });
  const parts = page.getByRole("list", { name: "Response body" });
  await expect.element(parts).toHaveTextContent("a · file <b>");
  await expect.element(parts).toHaveTextContent(SCRIPT);
  expect(document.querySelectorAll("main script, main img")).toHaveLength(0);
});

test("a body that says what it is not is told", async () => {
  await openBody({ text: "plain", content_type: "application/json" });
  await expect
    .element(page.getByText("It says that it is application/json, and is no JSON."))
    .toBeVisible();
});
