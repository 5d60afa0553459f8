import { expect, test } from "vitest";
import { readFile } from "./droppedFile.ts";

test("a file is read as it is, letters of all scripts included", async () => {
  expect(await readFile(new File(["name: größe 规则\n"], "a.yaml"))).toBe("name: größe 规则\n");
});

test("bytes that are no UTF-8 are refused, not replaced", async () => {
  const latin1 = new Uint8Array([0x67, 0x72, 0xf6]);
  await expect(readFile(new File([latin1], "a.yaml"))).rejects.toThrow("no text in UTF-8");
});

test("a file larger than the gateway reads is refused before it is read", async () => {
  const large = new File([new Uint8Array(12 * 1024 * 1024 + 1)], "a.yaml");
  large.arrayBuffer = () => Promise.reject(new Error("it was read"));
  await expect(readFile(large)).rejects.toThrow("at most 12 MiB");
});

test("a file that is gone by now is told as one that cannot be read", async () => {
  const gone = new File([], "a.yaml");
  gone.arrayBuffer = () => Promise.reject(new DOMException("gone", "NotFoundError"));
  await expect(readFile(gone)).rejects.toThrow("moved");
});
