import { expect, test } from "vitest";
import { DETAILS } from "../fixtures.ts";
import { type Draft, draftFrom, draftOf, questionOf } from "./question.ts";

const logged = DETAILS[429];
const asked = (change: Partial<Draft>) => questionOf({ ...draftOf(logged), ...change }, logged);

test("of a request in the log, only what was changed is asked about", () => {
  const id = logged.summary.id;
  expect(asked({})).toEqual({ asked: { exchange: id, when: { kind: "then" } } });
  expect(asked({ url: "/other", when: "now" })).toEqual({
    asked: { exchange: id, url: "/other", when: { kind: "now" } },
  });
  expect(asked({ headers: "A: 1\n\n b:2 " })).toEqual({
    asked: {
      exchange: id,
      headers: [
        { name: "A", value: "1" },
        { name: "b", value: "2" },
      ],
      when: { kind: "then" },
    },
  });
});

test("a caller, a moment and a configuration are told", () => {
  const at = "2026-12-01T10:00:00";
  expect(asked({ caller: "key 0191", when: "at", at, yaml: "version: 1" })).toEqual({
    asked: {
      exchange: logged.summary.id,
      caller: { kind: "key", id: "0191" },
      when: { kind: "at", at_us: new Date(at).getTime() * 1000 },
      config_yaml: "version: 1",
    },
  });
  expect(asked({ caller: "consumer acme corp" })).toMatchObject({
    asked: { caller: { kind: "consumer", name: "acme corp" } },
  });
  expect(asked({ caller: "nobody" })).toMatchObject({ asked: { caller: { kind: "nobody" } } });
});

test("what cannot be asked is said at its field", () => {
  expect(asked({ headers: "no header" })).toEqual({
    problem: { field: "headers", message: "`no header` is no header; write `Name: value`." },
  });
  expect(asked({ when: "at", at: "" })).toMatchObject({ problem: { field: "at" } });
});

test("a request made by hand is asked about whole, and now", () => {
  expect(questionOf(draftFrom("POST /a?b=1"), null)).toEqual({
    asked: { method: "POST", url: "/a?b=1", headers: [], when: { kind: "now" } },
  });
  expect(draftFrom("GET")).toMatchObject({ method: "GET", url: "/" });
});
