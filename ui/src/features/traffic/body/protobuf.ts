/** A field of a protobuf message, as far as its bytes say what it is. */
export interface Field {
  number: number;
  value:
    | { kind: "number"; text: string; wire: "varint" | "32 bit" | "64 bit" }
    | { kind: "text"; text: string }
    | { kind: "message"; fields: readonly Field[] }
    | { kind: "bytes"; bytes: Uint8Array };
}

/** A message on its own, or one of a gRPC stream. */
export interface Message {
  /** Whether gRPC says that it is compressed; then its bytes are all that is known. */
  compressed: boolean;
  bytes: Uint8Array;
  /** `null` where it is no protobuf, or too deep. */
  fields: readonly Field[] | null;
}

/** How deep messages are looked into. */
const DEEPEST = 16;
/** Most fields of one message that are read. */
const MOST_FIELDS = 1000;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** The messages of a body in gRPC's frames: a byte, the length in four, the message. `null`: no such. */
export function grpcMessages(bytes: Uint8Array): readonly Message[] | null {
  const messages: Message[] = [];
  let at = 0;
  while (at < bytes.length) {
    const flag = bytes[at];
    if (bytes.length - at < 5 || (flag !== 0 && flag !== 1)) return null;
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
    if (bytes.length - at - 5 < length) return null;
    const own = bytes.subarray(at + 5, at + 5 + length);
    const compressed = flag === 1;
    messages.push({ compressed, bytes: own, fields: compressed ? null : readFields(own) });
    at += 5 + length;
  }
  return messages;
}

/** The fields of a message; `null` if the bytes are none. */
export function readFields(bytes: Uint8Array, depth = 0): readonly Field[] | null {
  if (depth > DEEPEST) return null;
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    if (tag === null || fields.length === MOST_FIELDS) return null;
    at = tag.next;
    const number = Number(tag.value >> 3n);
    if (number === 0 || number > 536_870_911) return null;
    switch (Number(tag.value & 7n)) {
      case 0: {
        const read = varint(bytes, at);
        if (read === null) return null;
        at = read.next;
        fields.push({ number, value: { kind: "number", text: `${read.value}`, wire: "varint" } });
        break;
      }
      case 1:
      case 5: {
        const wide = Number(tag.value & 7n) === 1;
        const size = wide ? 8 : 4;
        if (bytes.length - at < size) return null;
        const view = new DataView(bytes.buffer, bytes.byteOffset + at, size);
        const integer = wide ? view.getBigUint64(0, true) : view.getUint32(0, true);
        const float = wide ? view.getFloat64(0, true) : view.getFloat32(0, true);
        const text = `${integer} or ${float}`;
        fields.push({
          number,
          value: { kind: "number", text, wire: wide ? "64 bit" : "32 bit" },
        });
        at += size;
        break;
      }
      case 2: {
        const length = varint(bytes, at);
        if (length === null || length.value > BigInt(bytes.length - length.next)) return null;
        const end = length.next + Number(length.value);
        fields.push({ number, value: delimited(bytes.subarray(length.next, end), depth) });
        at = end;
        break;
      }
      default:
        return null;
    }
  }
  return fields;
}

/** Text where it reads as such, else a message, else bytes. */
function delimited(bytes: Uint8Array, depth: number): Field["value"] {
  const text = textOf(bytes);
  if (text !== null) return { kind: "text", text };
  const fields = readFields(bytes, depth + 1);
  if (fields !== null && fields.length > 0) return { kind: "message", fields };
  return { kind: "bytes", bytes };
}

/** A text without control characters but for white space. */
function textOf(bytes: Uint8Array): string | null {
  try {
    const text = UTF8.decode(bytes);
    // oxlint-disable-next-line no-control-regex
    return /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text) ? null : text;
  } catch {
    return null;
  }
}

function varint(bytes: Uint8Array, from: number): { value: bigint; next: number } | null {
  let value = 0n;
  for (let at = from; at < bytes.length && at < from + 10; at += 1) {
    const byte = bytes[at] ?? 0;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - from));
    if (byte < 0x80) return value >> 64n === 0n ? { value, next: at + 1 } : null;
  }
  return null;
}
