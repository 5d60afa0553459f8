import type { components } from "@/api/index.ts";
import { grpcMessages, type Message, readFields } from "./body/protobuf.ts";
import { formatXml } from "./body/xml.ts";
import { bytesOf, formatJson } from "./bodyText.ts";

type CapturedBody = components["schemas"]["CapturedBody"];

/** What a body is, by what is in it; its own word about that is only believed where it fits. */
export type BodyKind =
  | { kind: "none" }
  | { kind: "json"; formatted: string }
  | { kind: "image"; type: string; bytes: Uint8Array }
  | { kind: "svg" }
  | { kind: "xml"; formatted: string }
  | { kind: "html" }
  | { kind: "protobuf"; messages: readonly Message[]; bytes: Uint8Array }
  | { kind: "form"; pairs: readonly (readonly [string, string])[] }
  | { kind: "multipart"; parts: readonly Part[] }
  | { kind: "text" }
  | { kind: "bytes"; bytes: Uint8Array };

/** A part of a multipart body. */
export interface Part {
  name: string | null;
  fileName: string | null;
  contentType: string | null;
  /** Its text; of what is no text as many characters as there are bytes. */
  text: string;
}

export function bodyKind(body: CapturedBody): BodyKind {
  const type = essence(body.content_type);
  const proto = body.truncated ? null : protobuf(body, type);
  if (proto !== null) return proto;
  if (body.base64 != null) {
    const bytes = bytesOf(body.base64);
    const image = imageType(bytes);
    if (image !== null && !body.truncated) return { kind: "image", type: image, bytes };
    const parts = type.startsWith("multipart/")
      ? multipart(latin1(bytes), body.content_type)
      : null;
    return parts ? { kind: "multipart", parts } : { kind: "bytes", bytes };
  }
  const { text } = body;
  if (text == null || text === "") return { kind: "none" };
  const formatted = formatJson(text);
  if (formatted !== null) return { kind: "json", formatted };
  if (!body.truncated && /^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)?<svg[\s>]/i.test(text)) {
    return { kind: "svg" };
  }
  if (/^\s*(<!--[^]*?-->\s*)*(<!doctype html|<html[\s>])/i.test(text)) return { kind: "html" };
  const xml = body.truncated ? null : formatXml(text);
  // A piece of HTML reads as XML too.
  if (xml !== null && type !== "text/html") return { kind: "xml", formatted: xml };
  if (type === "text/html") return { kind: "html" };
  if (type === "application/x-www-form-urlencoded") {
    return { kind: "form", pairs: [...new URLSearchParams(text)] };
  }
  const parts = type.startsWith("multipart/") ? multipart(text, body.content_type) : null;
  return parts ? { kind: "multipart", parts } : { kind: "text" };
}

/** What a body's own `Content-Type` says that it is not, as a sentence; `null` if it fits. */
export function mismatch(body: CapturedBody, { kind }: BodyKind): string | null {
  const type = essence(body.content_type);
  if (type === "" || body.truncated) return null;
  const isXml = type === "application/xml" || type === "text/xml" || type.endsWith("+xml");
  if (isXml && ["text", "json", "form"].includes(kind)) {
    return `It says that it is ${type}, and is no XML.`;
  }
  if (type === "text/html" && kind === "json") return `It says that it is ${type}, and is JSON.`;
  const isJson = type === "application/json" || type.endsWith("+json");
  if (isJson && ["text", "html", "xml", "svg"].includes(kind)) {
    return `It says that it is ${type}, and is no JSON.`;
  }
  const isPicture = ["image", "svg", "none"].includes(kind);
  if (type.startsWith("image/") && type !== "image/svg+xml" && !isPicture) {
    return `It says that it is ${type}, and is none that is known here.`;
  }
  if (type.startsWith("text/") && kind === "image") {
    return `It says that it is ${type}, and is an image.`;
  }
  return null;
}

const PROTOBUF = /^application\/(grpc(\+proto)?|(x-|vnd\.google\.)?protobuf)$/;

/** The messages of a body that says it is protobuf, where it reads as such. */
function protobuf(body: CapturedBody, type: string): BodyKind | null {
  if (!PROTOBUF.test(type)) return null;
  const bytes =
    body.base64 == null ? new TextEncoder().encode(body.text ?? "") : bytesOf(body.base64);
  if (bytes.length === 0) return null;
  if (type.startsWith("application/grpc")) {
    const messages = grpcMessages(bytes);
    return messages && { kind: "protobuf", messages, bytes };
  }
  const fields = readFields(bytes);
  return fields && { kind: "protobuf", messages: [{ compressed: false, bytes, fields }], bytes };
}

const essence = (type: string | null | undefined) =>
  (type ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** The first bytes of images that browsers show, in hex; dots are any. */
const IMAGES: readonly [string, RegExp][] = [
  ["image/png", /^89504e470d0a1a0a/],
  ["image/jpeg", /^ffd8ff/],
  ["image/gif", /^47494638(37|39)61/],
  ["image/webp", /^52494646.{8}57454250/],
  ["image/avif", /^.{8}66747970617669(66|73)/],
  ["image/bmp", /^424d.{24}/],
  ["image/x-icon", /^00000100/],
];

/** What image begins like this; `null` for none that is known. */
export function imageType(bytes: Uint8Array): string | null {
  const start = [...bytes.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0"));
  return IMAGES.find(([, begins]) => begins.test(start.join("")))?.[0] ?? null;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Most parts that are shown. */
const MOST_PARTS = 200;

function multipart(text: string, type: string | null | undefined): readonly Part[] | null {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type ?? "") ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return null;
  const pieces = `\r\n${text.replaceAll(/\r?\n/g, "\r\n")}`.split(`\r\n--${boundary}`);
  const parts = pieces.slice(1, MOST_PARTS + 1).filter((piece) => !piece.startsWith("--"));
  return parts.length === 0 ? null : parts.map(partOf);
}

function partOf(piece: string): Part {
  const at = piece.indexOf("\r\n\r\n");
  const head = at < 0 ? piece : piece.slice(0, at);
  const disposition = /^content-disposition:(.*)$/im.exec(head)?.[1] ?? "";
  return {
    name: parameter(disposition, "name"),
    fileName: parameter(disposition, "filename"),
    contentType: /^content-type:\s*(.*)$/im.exec(head)?.[1]?.trim() ?? null,
    text: at < 0 ? "" : piece.slice(at + 4),
  };
}

function parameter(text: string, name: string): string | null {
  const [, quoted, plain] =
    new RegExp(`[;\\s]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(text) ?? [];
  return quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? null;
}
