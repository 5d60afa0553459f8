import { expect, test } from "vitest";
import { type BodyKind, bodyKind, mismatch } from "./bodyKind.ts";

const body = (text: string, content_type = "", truncated = false) => ({
  bytes: text.length,
  truncated,
  text,
  content_type,
});
const binary = (bytes: string, content_type = "") => ({
  bytes: bytes.length,
  truncated: false,
  base64: btoa(bytes),
  content_type,
});

test("a body is what is in it, whatever it says", () => {
  const kinds: [ReturnType<typeof body> | ReturnType<typeof binary>, BodyKind["kind"]][] = [
    [body('{"a":1}', "text/plain"), "json"],
    [body("a=1&b=2", "application/x-www-form-urlencoded"), "form"],
    [body("a=1&b=2", "text/plain"), "text"],
    [body("<svg xmlns='x'></svg>", "text/html"), "svg"],
    [body("<html><svg></svg></html>", "image/svg+xml"), "html"],
    [body("<b>piece</b>", "text/html"), "html"],
    [body("<order><id>1</id></order>", "text/plain"), "xml"],
    [body("<order><id>1</order>", "application/xml"), "text"],
    [binary("\u0000\u0000\u0000\u0000\u0002\u0008\u0001", "application/grpc"), "protobuf"],
    [binary("\u0008\u0096\u0001", "application/x-protobuf"), "protobuf"],
    [binary("\u0008\u0096\u0001", "application/octet-stream"), "bytes"],
    [binary("\u000b\u0000", "application/grpc"), "bytes"],
    [binary("\u0089PNG\r\n\u001a\n....", "text/plain"), "image"],
    [binary("\u00ff\u00d8\u00ff\u00e0", ""), "image"],
    [binary("\u0000\u0001\u0002", "image/png"), "bytes"],
    [body(""), "none"],
  ];
  for (const [sent, kind] of kinds) expect([sent, bodyKind(sent).kind]).toEqual([sent, kind]);
});

test("what a body says and is not is said", () => {
  const said = (sent: ReturnType<typeof body> | ReturnType<typeof binary>) =>
    mismatch(sent, bodyKind(sent));
  expect(said(body("nothing", "application/json"))).toMatch(/is no JSON/);
  expect(said(body("<!doctype html>", "application/json"))).toMatch(/is no JSON/);
  expect(said(body("<a></b>", "application/xml"))).toMatch(/is no XML/);
  expect(said(body("{}", "text/html"))).toMatch(/is JSON/);
  expect(said(body("hello", "image/png"))).toMatch(/image\/png/);
  expect(said(body('{"a"', "application/json", true))).toBeNull();
  expect(said(binary("\u0000", "image/png"))).toMatch(/image\/png/);
  expect(said(body("{}", "application/problem+json"))).toBeNull();
});

test("the parts of a multipart body have their names", () => {
  const text =
    '--x\r\nContent-Disposition: form-data; name="a \\"b\\""\r\n\r\nfirst\r\nline\r\n' +
    '--x\r\nContent-Disposition: form-data; name=f; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n<b>\r\n--x--\r\n';
  const kind = bodyKind(body(text, 'multipart/form-data; boundary="x"'));
  expect(kind).toEqual({
    kind: "multipart",
    parts: [
      { name: 'a "b"', fileName: null, contentType: null, text: "first\r\nline" },
      { name: "f", fileName: "a.txt", contentType: "text/plain", text: "<b>" },
    ],
  });
  expect(bodyKind(body(text, "multipart/form-data")).kind).toBe("text");
});
