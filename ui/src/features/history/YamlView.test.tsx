import { expect, test, vi } from "vitest";
import { page } from "vitest/browser";
import { fakeGateway } from "../../../test/fakeGateway.ts";
import { openApp } from "../../../test/openApp.tsx";

const gateway = fakeGateway();
const LINES = Array.from({ length: 300 }, (_, at) => `line-${at}: ${at}`);

test("a long file can be read to its end", async () => {
  gateway.answers["GET /config/yaml"] = () => new Response(LINES.join("\n"));
  await openApp("/history?show=yaml");
  const file = page.getByRole("region", { name: "gatewright.yaml" });
  await expect.element(file).toHaveTextContent("line-299: 299");
  const text = file.element();
  const frame = text.closest("figure");
  expect(frame?.scrollHeight).toBe(frame?.clientHeight);
  text.scrollIntoView({ block: "end" });
  await expect.poll(() => text.getBoundingClientRect().bottom).toBeLessThan(innerHeight);
});

test("the file that is downloaded is the file that is shown", async () => {
  gateway.answers["GET /config/yaml"] = () => new Response("version: 1\n");
  const blobs = vi.spyOn(URL, "createObjectURL");
  const names: string[] = [];
  const catchDownload = (event: MouseEvent) => {
    if (!(event.target instanceof HTMLAnchorElement) || !event.target.download) return;
    event.preventDefault();
    names.push(event.target.download);
  };
  document.addEventListener("click", catchDownload);
  await openApp("/history?show=yaml");
  await page.getByRole("button", { name: "Download" }).click();
  document.removeEventListener("click", catchDownload);
  expect(names).toEqual(["gatewright.yaml"]);
  const [blob] = blobs.mock.lastCall ?? [];
  expect(blob instanceof Blob && (await blob.text())).toBe("version: 1\n");
  blobs.mockRestore();
});
