import { expect, test } from "vitest";
import { grpcMessages, readFields } from "./protobuf.ts";

const bytes = (...values: number[]) => Uint8Array.from(values);

test("fields are read by their wire types, without a schema", () => {
  // 1: 150, 2: "testing", 3: { 1: 1, 2: bytes }, 4: 1.5 as a float, 5: 2 as a double's bits
  const message = Uint8Array.from(
    [
      [0x08, 0x96, 0x01],
      [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67],
      [0x1a, 0x06, 0x08, 0x01, 0x12, 0x02, 0xff, 0x00],
      [0x25, 0x00, 0x00, 0xc0, 0x3f],
      [0x29, 0, 0, 0, 0, 0, 0, 0, 0x40],
    ].flat(),
  );
  expect(readFields(message)).toEqual([
    { number: 1, value: { kind: "number", text: "150", wire: "varint" } },
    { number: 2, value: { kind: "text", text: "testing" } },
    {
      number: 3,
      value: {
        kind: "message",
        fields: [
          { number: 1, value: { kind: "number", text: "1", wire: "varint" } },
          { number: 2, value: { kind: "bytes", bytes: bytes(0xff, 0x00) } },
        ],
      },
    },
    { number: 4, value: { kind: "number", text: "1069547520 or 1.5", wire: "32 bit" } },
    { number: 5, value: { kind: "number", text: "4611686018427387904 or 2", wire: "64 bit" } },
  ]);
});

test.each([
  ["a length beyond the end", bytes(0x12, 0x07, 0x74)],
  ["a group", bytes(0x0b)],
  ["field 0", bytes(0x00, 0x01)],
  ["a number that never ends", bytes(0x08, ...Array.from({ length: 11 }, () => 0xff))],
])("%s is no message", (_, broken) => expect(readFields(broken)).toBeNull());

test("gRPC's messages are told apart, and a compressed one is left as it is", () => {
  const one = [0, 0, 0, 0, 2, 0x08, 0x01];
  const two = [1, 0, 0, 0, 1, 0x42];
  expect(grpcMessages(bytes(...one, ...two))).toEqual([
    {
      compressed: false,
      bytes: bytes(0x08, 0x01),
      fields: [{ number: 1, value: { kind: "number", text: "1", wire: "varint" } }],
    },
    { compressed: true, bytes: bytes(0x42), fields: null },
  ]);
  expect(grpcMessages(bytes(0, 0, 0, 0, 9, 1))).toBeNull();
});
